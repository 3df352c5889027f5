// Sends requests from the forms and shows their responses. Without this script the page is read-only.
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
  block.setAttribute("aria-label", "Response");
  block.textContent = rest.length > LONGEST ? `${rest.slice(0, LONGEST)}\n… ${rest.length - LONGEST} more characters` : rest;
  output.replaceChildren(line, block);
}

async function send(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const output = form.querySelector("output");
  const where = address(form);
  try {
    const answer = await fetch(where, asked(form));
    const shown = ["etag", "location", "link", "psi-state", "psi-version", "retry-after"].filter((name) => answer.headers.has(name));
    const headers = shown.map((name) => `${name}: ${answer.headers.get(name)}\n`).join("");
    const text = pretty(await answer.text(), answer.headers.get("content-type") ?? "");
    show(output, `${form.dataset.method} ${where}: ${answer.status} ${answer.statusText}`, headers + text);
  } catch (fault) {
    show(output, `${form.dataset.method} ${where}: no response`, String(fault));
  }
}

function labelled(form, name, field, place) {
  const id = form.closest("details").id;
  const label = document.createElement("label");
  label.htmlFor = `${id}-${name}`;
  label.textContent = name;
  field.id = `${id}-${name}`;
  field.name = name;
  field.dataset.in = place;
  field.spellcheck = false;
  form.querySelector("button").before(label, field);
}

function field(term) {
  const codes = [...term.nextElementSibling.querySelectorAll("code")].map((code) => code.textContent);
  const made = document.createElement(codes.length ? "select" : "input");
  for (const code of codes.length ? ["", ...codes] : []) made.append(new Option(code));
  if (!codes.length) made.autocomplete = "off";
  made.required = term.querySelector("span").textContent.includes("required");
  return made;
}

function laidOut(form) {
  for (const term of form.parentElement.querySelectorAll("dt"))
    labelled(form, term.querySelector("code").textContent, field(term), term.dataset.in);
  const example = form.parentElement.querySelector('pre[aria-label="Example of a body"]');
  if (!example) return;
  const body = document.createElement("textarea");
  body.rows = 8;
  body.value = example.textContent;
  labelled(form, "body", body, "body");
  body.previousElementSibling.textContent = "Body";
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
  laidOut(form);
  form.addEventListener("submit", send);
}
addEventListener("hashchange", opened);
opened();
