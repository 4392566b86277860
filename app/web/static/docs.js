// Draws /openapi.json as a page. No library, nothing from elsewhere; text only ever becomes text nodes.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// Backticks become code, blank lines paragraphs; that is all the markup our descriptions use.
function prose(text) {
  const paragraphs = (text || "").split(/\n\s*\n/).filter(Boolean);
  const parts = (paragraph) => paragraph.split("`").map((part, at) => (at % 2 ? element("code", {}, part) : part));
  return element("div", {}, ...paragraphs.map((paragraph) => element("p", {}, ...parts(paragraph))));
}

const pretty = (value) => JSON.stringify(value, null, 2);

function resolve(document_, reference) {
  return reference.slice(2).split("/").reduce((at, step) => at[step.replace("~1", "/").replace("~0", "~")], document_);
}

// One line for a type: `text`, `array of Site`, `A | B | null`.
function typeName(schema) {
  if (!schema) return "anything";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const several = schema.anyOf || schema.oneOf;
  if (several) return several.map(typeName).join(" | ");
  if (schema.type === "array") return `array of ${typeName(schema.items)}`;
  return [schema.type, schema.format].filter(Boolean).join(", ") || "anything";
}

// The same with links to the schemas it names.
function typed(schema, openapi) {
  const words = typeName(schema).split(/(\w+)/);
  const shown = words.map((word) =>
    openapi.components.schemas[word] ? element("a", { href: `#schema-${word}` }, word) : word);
  return element("span", {}, ...shown);
}

function schemaRows(schema, openapi) {
  const required = new Set(schema.required || []);
  const rows = Object.entries(schema.properties || {}).map(([name, property]) =>
    element("tr", {},
      element("td", {}, element("code", {}, name), required.has(name) ? "" : " (optional)"),
      element("td", {}, typed(property, openapi)),
      element("td", {}, prose(property.description))));
  return element("table", {}, element("tbody", {}, ...rows));
}

function parameterField(parameter, openapi) {
  const schema = parameter.schema || {};
  const inner = schema.items || (schema.anyOf || []).find((one) => one.type !== "null") || schema;
  const listed = inner.$ref ? resolve(openapi, inner.$ref) : inner;
  const label = `${parameter.name} (${parameter.in})`;
  if (listed.enum) {
    const choices = ["", ...listed.enum].map((value) => element("option", { value }, value));
    return element("select", { name: parameter.name, ariaLabel: label }, ...choices);
  }
  return element("input", { name: parameter.name, ariaLabel: label, required: parameter.in === "path" });
}

function requestUrl(path, parameters, form) {
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    const value = form.elements.namedItem(parameter.name).value.trim();
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (value !== "") query.append(parameter.name, value);
  }
  return query.size ? `${path}?${query}` : path;
}

async function send(method, url, body, mediaType, output) {
  output.hidden = false;
  output.textContent = "…";
  try {
    const headers = body === null ? {} : { "Content-Type": mediaType };
    const response = await fetch(url, { method: method.toUpperCase(), headers, body });
    const text = await response.text();
    const isJson = (response.headers.get("content-type") || "").includes("json") && !mediaType.includes("ndjson");
    let shown = text;
    if (isJson) try { shown = pretty(JSON.parse(text)); } catch { shown = text; }
    output.textContent =
      `${method.toUpperCase()} ${url}\n${response.status} ${response.statusText}\n\n${shown.slice(0, 200000)}`;
  } catch (error) {
    output.textContent = `The request failed: ${error.message}`;
  }
}

function tryIt(method, path, operation, openapi) {
  const parameters = operation.parameters || [];
  const [mediaType, content] = Object.entries(operation.requestBody?.content || {})[0] || ["", null];
  const rows = parameters.map((parameter) =>
    element("tr", {},
      element("td", {}, element("code", {}, parameter.name), parameter.required ? " (required)" : ""),
      element("td", {}, prose(parameter.description || parameter.schema?.description)),
      element("td", {}, parameterField(parameter, openapi))));
  const body = content && element("textarea", {
    name: "body", ariaLabel: "Request body", spellcheck: false, value: exampleText(content),
  });
  const output = element("pre", { hidden: true });
  output.setAttribute("aria-live", "polite");
  const form = element("form", {},
    rows.length ? element("table", {}, element("tbody", {}, ...rows)) : null,
    body && element("h3", {}, "Request body: ", typed(content.schema, openapi), ` (${mediaType})`),
    body,
    element("p", {}, element("button", { type: "submit" }, "Send")),
    output);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(method, requestUrl(path, parameters, form), body ? body.value : null, mediaType, output);
  });
  return form;
}

function exampleOf(content) {
  return content.example ?? Object.values(content.examples || {})[0]?.value;
}

function exampleText(content) {
  const example = exampleOf(content);
  return typeof example === "string" ? example : example === undefined ? "" : pretty(example);
}

function responses(operation, openapi) {
  const block = element("div", {}, element("h3", {}, "Answers"));
  for (const [status, stated] of Object.entries(operation.responses)) {
    const response = stated.$ref ? { ...resolve(openapi, stated.$ref), ...stated } : stated;
    const [mediaType, content] = Object.entries(response.content || {})[0] || [];
    const type = mediaType ? [" (", typed(content.schema, openapi), `, ${mediaType})`] : [];
    const example = content ? exampleText(content) : "";
    block.append(element("details", {},
      element("summary", {}, element("code", {}, status), ` ${response.description}`, ...type),
      example ? element("pre", {}, example) : null));
  }
  return block;
}

function operationBlock(method, path, operation, openapi) {
  return element("details", { className: "operation", id: operation.operationId },
    element("summary", {},
      element("span", { className: "method" }, method.toUpperCase()),
      element("span", { className: "path" }, path),
      element("span", { className: "summary" }, operation.summary || "")),
    element("div", {}, prose(operation.description), tryIt(method, path, operation, openapi),
      responses(operation, openapi)));
}

function draw(openapi) {
  const page = document.getElementById("page");
  const operations = Object.entries(openapi.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => [method, path, item[method]]));
  page.replaceChildren(element("h1", {}, `${openapi.info.title} ${openapi.info.version}`), prose(openapi.info.description));
  for (const tag of openapi.tags) {
    const blocks = operations.filter(([, , operation]) => operation.tags?.includes(tag.name))
      .map(([method, path, operation]) => operationBlock(method, path, operation, openapi));
    if (blocks.length) page.append(element("h2", { id: `tag-${tag.name}` }, tag.name), prose(tag.description), ...blocks);
  }
  page.append(element("h2", { id: "schemas" }, "Schemas"));
  for (const [name, schema] of Object.entries(openapi.components.schemas)) {
    const values = schema.properties ? schemaRows(schema, openapi) : element("p", {}, typed(schema, openapi));
    page.append(element("details", { className: "operation", id: `schema-${name}` },
      element("summary", {}, element("span", { className: "path" }, name)),
      element("div", {}, prose(schema.description), values)));
  }
  openTarget();
}

function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) {
    target.open = true;
    target.scrollIntoView();
  }
}

addEventListener("hashchange", openTarget);

fetch("/openapi.json")
  .then((response) => response.json())
  .then(draw)
  .catch((error) => {
    document.getElementById("page").replaceChildren(element("p", {}, `/openapi.json could not be read: ${error.message}`));
  });
