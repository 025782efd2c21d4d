// Send one file as the raw body of a PUT, a large one in parts, with progress, pause and cancel.
// Without JavaScript the form posts it instead.

import { csrfToken } from "./csrf.js";
import { Parts, Paused } from "./parts.js";

const LARGE_BYTES = 16 * 1024 * 1024;

const STEADY_AFTER_MS = 3000;
const UNITS = ["B", "kB", "MB", "GB", "TB"];

function size(bytes) {
  let unit = 0;
  while (bytes >= 999.5 && unit < UNITS.length - 1) {
    bytes /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  return `${bytes.toFixed(digits)}\u00a0${UNITS[unit]}`;
}

function time(seconds) {
  return seconds < 90 ? `${Math.ceil(seconds)}\u00a0s` : `${Math.round(seconds / 60)}\u00a0min`;
}

function fill(sentence, values) {
  return sentence.replace(/{(\w+)}/g, (_, name) => values[name]);
}

function problemText(xhr, words) {
  try {
    const problem = JSON.parse(xhr.responseText);
    return [problem.detail, problem.hint].filter(Boolean).join(" ");
  } catch {
    return fill(words.failed, { status: xhr.status });
  }
}

class Upload {
  constructor(form) {
    this.form = form;
    this.words = form.dataset;
    this.input = form.querySelector('input[type="file"]');
    this.folder = form.querySelector('input[name="folder"]');
    this.progress = form.querySelector("[data-progress]");
    this.bar = form.querySelector("[data-bar]");
    this.error = form.querySelector("[data-error]");
    this.button = form.querySelector("button.pri");
    form.noValidate = true;
    form.addEventListener("submit", (event) => this.submit(event));
    form.querySelector("[data-cancel]").addEventListener("click", () => this.cancel());
    this.pauser = form.querySelector("[data-pause]");
    this.pauser.addEventListener("click", () => (this.isPaused ? this.sendParts() : this.parts.pause()));
    this.acceptDrops(form.querySelector("[data-drop]"));
  }

  acceptDrops(area) {
    const over = (event, on) => {
      event.preventDefault();
      area.classList.toggle("over", on);
    };
    area.addEventListener("dragover", (event) => over(event, true));
    area.addEventListener("dragleave", (event) => over(event, false));
    area.addEventListener("drop", (event) => {
      over(event, false);
      if (event.dataTransfer.files.length) this.input.files = event.dataTransfer.files;
    });
  }

  submit(event) {
    event.preventDefault();
    if (this.xhr || this.parts) return;
    const file = this.input.files[0];
    if (!file) {
      this.fail(this.words.choose);
      this.input.focus();
      return;
    }
    this.send(file);
  }

  send(file) {
    this.begin(file);
    if (file.size > LARGE_BYTES && this.words.partsUrl) {
      const shown = (sent, total) => this.show(sent, total);
      const retrying = () => this.say(this.words.retrying);
      const alone = !this.folder;
      this.parts = new Parts({ url: this.words.partsUrl, file, path: this.path(file), alone, shown, retrying });
      this.sendParts();
      return;
    }
    const xhr = new XMLHttpRequest();
    this.xhr = xhr;
    xhr.upload.addEventListener("progress", (event) => this.show(event.loaded, event.total || file.size));
    xhr.upload.addEventListener("load", () => this.say(this.words.checking));
    xhr.addEventListener("load", () => this.answered());
    xhr.addEventListener("error", () => this.fail(this.words.lost));
    xhr.addEventListener("abort", () => this.fail(this.words.cancelled));
    const url = new URL(this.words.uploadUrl, location.href);
    url.searchParams.set("filename", this.path(file));
    if (!this.folder) url.searchParams.set("alone", "true");
    xhr.open("PUT", url);
    xhr.setRequestHeader("X-CSRFToken", csrfToken());
    xhr.setRequestHeader("Content-Type", "application/octet-stream");
    xhr.setRequestHeader("Accept", "application/json, application/problem+json");
    xhr.send(file);
  }

  begin(file) {
    this.started = performance.now();
    this.error.hidden = true;
    this.input.removeAttribute("aria-invalid");
    this.progress.hidden = false;
    this.progress.querySelector("[data-name]").textContent = file.name;
    this.button.setAttribute("aria-disabled", "true");
    this.show(0, file.size);
  }

  async sendParts() {
    this.setPaused(false);
    this.started = performance.now();
    try {
      await this.parts.run();
      location.assign(this.words.next);
    } catch (error) {
      if (error instanceof Paused) {
        if (this.parts) this.setPaused(true, error.message ? this.words.stopped : this.words.paused);
        return;
      }
      this.fail(problemText(error.xhr ?? { status: 0 }, this.words));
    }
  }

  setPaused(isPaused, sentence = "") {
    this.isPaused = isPaused;
    this.pauser.hidden = false;
    this.pauser.textContent = isPaused ? this.words.goOn : this.words.pause;
    this.bar.classList.toggle("run", !isPaused);
    if (sentence) this.say(sentence);
  }

  // A form with a folder adds to the draft; the other one replaces what the draft has.
  path(file) {
    const folder = this.folder?.value.trim().replace(/^\/+|\/+$/g, "");
    return folder ? `${folder}/${file.name}` : file.name;
  }

  show(sent, total) {
    const share = total ? Math.min(100, (sent / total) * 100) : 0;
    this.bar.setAttribute("aria-valuenow", share.toFixed(0));
    this.bar.firstElementChild.style.width = `${share}%`;
    this.say(sent >= total && total ? this.words.checking : this.state(sent, total));
  }

  // The rate and the time left appear once they have had time to settle.
  state(sent, total) {
    const parts = [fill(this.words.sent, { done: size(sent), total: size(total) })];
    const elapsed = performance.now() - this.started;
    // What was there before a pause or a reload took no time now.
    const rate = (sent - (this.parts?.already ?? 0)) / (elapsed / 1000);
    if (elapsed >= STEADY_AFTER_MS && rate > 0) {
      parts.push(fill(this.words.rate, { rate: size(rate) }));
      parts.push(fill(this.words.left, { time: time((total - sent) / rate) }));
    }
    return parts.join(", ");
  }

  say(text) {
    this.form.querySelector("[data-state]").textContent = text;
  }

  answered() {
    if (this.xhr.status >= 200 && this.xhr.status < 300) {
      location.assign(this.words.next);
      return;
    }
    this.fail(problemText(this.xhr, this.words));
  }

  fail(text) {
    this.xhr = this.parts = null;
    this.pauser.hidden = true;
    this.progress.hidden = true;
    this.button.removeAttribute("aria-disabled");
    this.input.setAttribute("aria-invalid", "true");
    this.error.querySelector("span").textContent = text;
    this.error.hidden = false;
  }

  cancel() {
    this.xhr?.abort();
    const { parts } = this;
    if (parts) {
      this.fail(this.words.cancelled);
      parts.drop();
    }
    this.input.focus();
  }
}

document.querySelectorAll("form[data-upload]").forEach((form) => new Upload(form));
