"""The commands of `psi`, each an obvious verb on the packages below."""
