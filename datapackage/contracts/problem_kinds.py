"""Problems of files and loads, apart from those of the records in them, by code."""

from inventory.problems import ProblemKind

INPUT_PROBLEMS = {
    "beyond-reach": ProblemKind(
        "The record is another organization's, or is to be.",
        "Load it with a key of that organization or of one above; choose another id, where it is to be yours.",
    ),
    "not-permitted": ProblemKind(
        "The role of who loads does not allow it.", "Have it loaded by somebody whose role is one of `expected`."
    ),
    "unreadable": ProblemKind(
        "A line or a file is not JSON.", "Mend it where the message says; the other lines are read all the same."
    ),
    "parent-unknown": ProblemKind(
        "A row belongs to a row of another table that is not there.",
        "Add the row it belongs to, or correct the columns that name it.",
    ),
    "unknown-table": ProblemKind(
        "A sheet bears the name of no table, and is passed over.",
        "Name it after its table as the template does; leave it where it holds notes.",
    ),
    "item-not-matched": ProblemKind(
        "Items were taken out of a list where tables or columns are left away: which items stay cannot be told.",
        "Give the tables and columns that are not there, or make one change at a time.",
    ),
    "not-taken-as-given": ProblemKind(
        "A cell holds more or other than its field, and only a part was taken.",
        "Compare what was taken with the cell; `psi check` tells it before anything is loaded.",
    ),
    "older-than-kept": ProblemKind(
        "The file is of an earlier year than what is kept: it adds its yearly figures, nothing else.",
        "Do nothing, where that is meant; else load the file of the latest year.",
    ),
    "rows-unreadable": ProblemKind(
        "Rows of a file of responses cannot be read; how many, and in which columns, is said.",
        "Mend the file. `--leave-out-bad-rows` takes the other rows, `--rejects` lists the bad ones by number.",
    ),
    "nothing-read": ProblemKind(
        "The input holds no record: a file of a header alone, say.", "Look whether it is the file that was meant."
    ),
    "all-alike": ProblemKind(
        "Every answer of a file of responses is 1, which is the lowest point of one scale and thumbs up of another.",
        "Say the survey type that was asked.",
    ),
    "name-unknown": ProblemKind(
        "No provider or service bears the name that a row gives, or several do; none is made or guessed.",
        "Write the id, or add the name to the provider's aliases; `expected` offers those that come near.",
    ),
    "told-differently": ProblemKind(
        "Two rows of one record tell one figure differently; it is left out.",
        "Correct the rows, or enter the figure by hand.",
    ),
    "contradicts-itself": ProblemKind(
        "A cell contradicts others of its row, or of the header; the others were taken.",
        "Correct whichever is wrong: `expected` says what it would be by the others.",
    ),
    "sources-differ": ProblemKind(
        "Another source told of the record before, and otherwise; both stay in the ledger as versions.",
        "Decide which holds: the newest version is what will be submitted.",
    ),
    "state-forbids": ProblemKind(
        "The record stands where this does not start, retired or withdrawn for example.",
        "Do what the message names, `psi act restate` for a published quarter; or leave the record out of the load.",
    ),
}
