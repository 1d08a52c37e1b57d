// Shows openapi.json. Text is always set as text; nothing is requested but the document itself.

// The same place where the page at / keeps it, so that one asks once.
const KEY_NAME = "endurance-key";
const DEEPEST = 4;

function element(name, { text, className, ...attributes } = {}, ...children) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function resolve(schema, spec) {
  if (schema?.$ref === undefined) return schema ?? {};
  return spec.components.schemas[schema.$ref.split("/").pop()] ?? {};
}

// Returns a type in a few words: "integer 1–1000", "one of a, b", "list of Document".
function typeOf(schema, spec) {
  if (schema.$ref !== undefined) {
    const target = resolve(schema, spec);
    return target.enum === undefined ? schema.$ref.split("/").pop() : typeOf(target, spec);
  }
  if (schema.enum !== undefined) return `one of ${schema.enum.join(", ")}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return choices.map((choice) => typeOf(choice, spec)).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {}, spec)}`;
  const low = schema.minimum ?? schema.minLength;
  const high = schema.maximum ?? schema.maxLength;
  const range = low === undefined && high === undefined ? "" : ` ${low ?? ""}–${high ?? ""}`;
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : (schema.format ?? schema.type ?? "any");
  return type + range;
}

// Returns the lines of a shape, nested ones indented.
function shape(schema, spec, depth = 0) {
  const target = resolve(schema, spec);
  if (target.type === "array") return shape(target.items ?? {}, spec, depth);
  const inner = (target.anyOf ?? []).filter((choice) => choice.type !== "null");
  if (inner.length > 0) return inner.flatMap((choice) => shape(choice, spec, depth));
  if (target.properties === undefined || depth === DEEPEST) return [];
  const required = new Set(target.required ?? []);
  return Object.entries(target.properties).flatMap(([name, property]) => [
    `${"  ".repeat(depth)}${name}${required.has(name) ? "" : "?"}: ${typeOf(property, spec)}`,
    ...shape(property, spec, depth + 1),
  ]);
}

function notes(required, schema) {
  const given = schema.default === undefined ? [] : [`Default ${schema.default}.`];
  const shown = (schema.examples ?? []).map((example) => `Such as ${example}.`);
  return [...(required ? ["Required."] : []), ...given, schema.description ?? "", ...shown].join(" ").trim();
}

function parameters(operation, spec) {
  if (operation.parameters.length === 0) return [];
  const head = element("tr", {}, ...["Name", "In", "Type", ""].map((text) => element("th", { text, scope: "col" })));
  const rows = operation.parameters.map(({ name, in: place, required, schema }) =>
    element(
      "tr",
      {},
      element("td", {}, element("code", { text: name })),
      element("td", { text: place }),
      element("td", { text: typeOf(schema, spec) }),
      element("td", { text: notes(required, schema) }),
    ),
  );
  return [
    element("h3", { text: "Parameters" }),
    element("div", { className: "scroll" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))),
  ];
}

function body(operation, spec) {
  const content = operation.requestBody?.content;
  if (content === undefined) return [];
  const [[media, { schema, examples }]] = Object.entries(content);
  const shown = Object.values(examples ?? {}).flatMap(({ summary, value }) => [
    element("h3", { text: `Example: ${summary}` }),
    element("pre", { text: JSON.stringify(value, null, 2), tabindex: "0" }),
  ]);
  const lines = shape(schema, spec).join("\n");
  return [element("h3", { text: `Body, ${media}` }), element("pre", { text: lines, tabindex: "0" }), ...shown];
}

function answers(operation, spec) {
  return Object.entries(operation.responses).flatMap(([status, { description, content }]) => {
    const media = Object.keys(content ?? {}).join(", ") || "no body";
    const [told] = Object.values(content ?? {});
    const lines = status.startsWith("2") ? shape(told?.schema, spec) : [];
    const title = element("h3", {}, element("code", { text: status }), ` ${description} (${media})`);
    return lines.length === 0 ? [title] : [title, element("pre", { text: lines.join("\n"), tabindex: "0" })];
  });
}

function show(path, method, operation, spec) {
  const line = element(
    "summary",
    {},
    element("span", { text: method.toUpperCase(), className: `method ${method}` }),
    element("code", { text: path }),
    element("span", { text: operation.summary }),
    element("span", { text: operation["x-role"] === "open" ? "no key" : operation["x-role"], className: "role" }),
  );
  const inside = element("div", { className: "inside" });
  const details = element("details", { id: operation.operationId }, line, inside);
  // Filled when first opened: a dozen shapes of an evaluation are a few thousand lines.
  details.addEventListener(
    "toggle",
    () => inside.append(...parameters(operation, spec), ...body(operation, spec), ...answers(operation, spec)),
    { once: true },
  );
  return details;
}

function render(spec) {
  const groups = new Map();
  for (const [path, methods] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [tag] = operation.tags;
      groups.set(tag, [...(groups.get(tag) ?? []), show(path, method, operation, spec)]);
    }
  }
  document.querySelector("#version").textContent = spec.info.version;
  for (const [tag, operations] of groups) {
    document.querySelector("#groups").append(element("a", { text: tag, href: `#group-${tag}` }));
    document.querySelector("#operations").append(element("h2", { text: tag, id: `group-${tag}` }), ...operations);
  }
}

async function load() {
  const key = sessionStorage.getItem(KEY_NAME);
  const response = await fetch("openapi.json", { headers: key === null ? {} : { Authorization: `Bearer ${key}` } });
  const form = document.querySelector("#key-form");
  const state = document.querySelector("#state");
  form.hidden = response.status !== 401;
  if (response.ok) {
    render(await response.json());
    state.hidden = true;
  } else {
    state.textContent = response.status === 401 ? "A key is needed." : `The service answered ${response.status}.`;
  }
}

document.querySelector("#key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY_NAME, document.querySelector("#key").value);
  load().catch(fail);
});

function fail() {
  document.querySelector("#state").textContent = "The document could not be read; reload to try again.";
}

load().catch(fail);
