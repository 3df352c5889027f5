// Sends what is filled in, and shows what is answered. Without this script the page is there to be read.
"use strict";

const LONGEST = 20000;

function filled(form, place) {
  return [...form.querySelectorAll(`[data-in="${place}"]`)].filter((field) => field.value !== "");
}

function address(form) {
  let path = form.dataset.path;
  for (const field of filled(form, "path")) path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
  const query = new URLSearchParams(filled(form, "query").map((field) => [field.name, field.value]));
  return query.size ? `${path}?${query}` : path;
}

function asked(form) {
  const headers = Object.fromEntries(filled(form, "header").map((field) => [field.name, field.value]));
  const key = document.getElementById("key").value.trim();
  if (key) headers.Authorization = `Bearer ${key}`;
  const [body] = filled(form, "body");
  if (body) headers["Content-Type"] = "application/json";
  return { method: form.dataset.method, headers, body: body?.value, cache: "no-store", credentials: "omit" };
}

function pretty(text, type) {
  if (!type.includes("json") || type.includes("ndjson")) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 1);
  } catch {
    return text;
  }
}

function show(output, first, rest) {
  const line = document.createElement("p");
  line.textContent = first;
  const block = document.createElement("pre");
  block.tabIndex = 0;
  block.setAttribute("aria-label", "What was answered");
  block.textContent = rest.length > LONGEST ? `${rest.slice(0, LONGEST)}\n… ${rest.length - LONGEST} characters more` : rest;
  output.replaceChildren(line, block);
}

async function send(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const output = form.querySelector("output");
  const where = address(form);
  try {
    const answer = await fetch(where, asked(form));
    const told = ["etag", "location", "link", "psi-state", "psi-version", "retry-after"].filter((name) => answer.headers.has(name));
    const headers = told.map((name) => `${name}: ${answer.headers.get(name)}\n`).join("");
    const text = pretty(await answer.text(), answer.headers.get("content-type") ?? "");
    show(output, `${form.dataset.method} ${where}: ${answer.status} ${answer.statusText}`, headers + text);
  } catch (fault) {
    show(output, `${form.dataset.method} ${where}: no answer`, String(fault));
  }
}

function opened() {
  const found = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (found instanceof HTMLDetailsElement) found.open = true;
}

const key = document.querySelector(".key");
key.hidden = false;
key.addEventListener("submit", (event) => event.preventDefault());
for (const form of document.querySelectorAll("form.try")) {
  form.hidden = false;
  const body = form.querySelector("textarea");
  if (body) body.value = form.parentElement.querySelector('pre[aria-label="Example of a body"]').textContent;
  form.addEventListener("submit", send);
}
addEventListener("hashchange", opened);
opened();
