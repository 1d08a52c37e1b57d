// Calls the admin API of the host that served this page, with a key where one is asked for.

const KEY_NAME = "endurance-key";

export class ApiError extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export function setKey(key) {
  sessionStorage.setItem(KEY_NAME, key);
}

// Resolved against the page, so that it also works below a path prefix.
export async function call(path, { headers = {}, ...options } = {}) {
  const key = sessionStorage.getItem(KEY_NAME);
  const response = await fetch(new URL(path, document.baseURI), {
    headers: key === null ? headers : { ...headers, Authorization: `Bearer ${key}` },
    cache: "no-store",
    ...options,
  });
  if (!response.ok) throw new ApiError(response.status, await detailOf(response));
  return response;
}

export async function getJson(path, options) {
  return (await call(path, options)).json();
}

export async function postJson(path, value) {
  const headers = { "Content-Type": "application/json" };
  return (await call(path, { headers, method: "POST", body: JSON.stringify(value) })).json();
}

async function detailOf(response) {
  try {
    return (await response.json()).detail ?? `the service answered ${response.status}`;
  } catch {
    return `the service answered ${response.status}`;
  }
}
