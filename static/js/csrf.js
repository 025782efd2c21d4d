// The CSRF token of this page, for requests that no form makes.

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}
