// htmx: the CSRF header, polling that rests, focus after a form, errors that show, and swaps that keep what is open.

import { csrfToken } from "./csrf.js";

const SLOW_MS = 60000;
const SAFE = /^(get|head|options)$/i;
const failedAt = new WeakMap();

const isPoll = (element) => (element.getAttribute("hx-trigger") ?? "").includes("every");

document.addEventListener("htmx:configRequest", (event) => {
  if (!SAFE.test(event.detail.verb)) event.detail.headers["X-CSRFToken"] = csrfToken();
});

// A hidden tab asks nothing; a poll that failed asks once a minute.
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (!isPoll(elt) || event.detail.requestConfig.triggeringEvent) return;
  const resting = Date.now() - (failedAt.get(elt) ?? 0) < SLOW_MS;
  if (document.hidden || resting) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event;
  // An error that comes as a fragment is drawn where the thing would have been.
  if (detail.xhr.getResponseHeader("X-Fragment")) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
  // Signed out meanwhile: the page of the sign-in is no part of this one.
  if (new URL(detail.xhr.responseURL || location.href).pathname.endsWith("/sign-in/")) {
    detail.shouldSwap = false;
    detail.isError = true;
    if (isPoll(detail.requestConfig.elt)) location.reload();
  }
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful, xhr } = event.detail;
  if (isPoll(elt)) {
    if (successful) failedAt.delete(elt);
    else failedAt.set(elt, Date.now());
    return;
  }
  document.querySelectorAll(".request-error").forEach((shown) => shown.remove());
  if (!successful && ![409, 422].includes(xhr.status)) showError(elt, xhr);
});

function showError(element, xhr) {
  const template = document.getElementById("request-error");
  if (!template) return;
  const banner = template.content.firstElementChild.cloneNode(true);
  const id = xhr.getResponseHeader?.("X-Request-Id");
  if (id) banner.querySelector("[data-id]").textContent = id;
  else banner.querySelector("[data-id]").parentElement.remove();
  const place = element.closest("form, .panel") ?? document.getElementById("main");
  place.before(banner);
}

// After a form: its first wrong field, else what it led to.
document.addEventListener("htmx:afterSettle", (event) => {
  const { elt, requestConfig } = event.detail;
  if (!requestConfig || SAFE.test(requestConfig.verb)) return;
  elt.querySelector('[data-focus], [aria-invalid="true"]')?.focus();
});

// Morphing keeps a field one is typing in, details one has opened, and drawn charts.
if (globalThis.Idiomorph) {
  const { defaults } = globalThis.Idiomorph;
  defaults.ignoreActiveValue = true;
  defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.matches("details, dialog"));
  defaults.callbacks.beforeNodeMorphed = (node) => !node.classList?.contains("js-plotly-plot");
}
