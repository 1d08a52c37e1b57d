// Builds elements. Text is only ever set as text, so nothing that was scored can become markup.

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined).map(asNode));
  return node;
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}

export function replace(parent, ...children) {
  parent.replaceChildren(...children.filter((child) => child !== null).map(asNode));
}

// A length that a style sheet reads, from 0 to 1; the policy of this page forbids style attributes.
export function withShare(node, score) {
  node.style.setProperty("--share", String(score / 100));
  return node;
}
