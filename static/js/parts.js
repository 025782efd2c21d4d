// Send a large file in parts. The server knows which parts it has, so a file goes on after a lost
// connection, a pause or a reload: announcing the same file again gives the same upload back.

import { csrfToken } from "./csrf.js";

const PART_BYTES = 8 * 1024 * 1024;
const TRIES = 6;
const FIRST_PAUSE_MS = 1000;

export class Paused extends Error {}

export class Refused extends Error {
  constructor(xhr) {
    super(`status ${xhr.status}`);
    this.xhr = xhr;
  }
}

function wait(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function sha256(bytes) {
  if (!globalThis.crypto?.subtle) return "";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Parts {
  // `shown(sent, total)` is told how far it is, `retrying()` that the connection was lost for now.
  constructor({ url, file, path, alone, shown, retrying }) {
    Object.assign(this, { url, file, path, alone, shown, retrying });
    this.isPaused = false;
  }

  // Resolves once the file is part of the draft; rejects with Paused or Refused.
  async run() {
    this.isPaused = false;
    this.upload = JSON.parse((await this.ask("POST", this.url, this.announcement())).responseText);
    this.here = new Set(this.upload.received);
    this.already = this.sent();
    let lacking = this.lacking();
    for (let round = 0; round < 3; round += 1) {
      for (const number of lacking) await this.put(number);
      this.shown(this.file.size, this.file.size);
      try {
        return await this.ask("POST", `${this.address()}complete/`);
      } catch (error) {
        const again = error instanceof Refused && error.xhr.status === 409 && JSON.parse(error.xhr.responseText).parts;
        if (!again || round === 2) throw error;
        lacking = again;
      }
    }
    return null;
  }

  pause() {
    this.isPaused = true;
    this.xhr?.abort();
  }

  async drop() {
    this.pause();
    if (!this.upload) return;
    this.isPaused = false;
    await this.ask("DELETE", this.address()).catch(() => null);
  }

  announcement() {
    const { name, size, lastModified } = this.file;
    return JSON.stringify({
      path: this.path,
      size_bytes: size,
      part_bytes: PART_BYTES,
      fingerprint: `${name.slice(0, 200)}:${size}:${lastModified}`,
      alone: this.alone,
    });
  }

  address() {
    return `/api/v1/uploads/${this.upload.id}/`;
  }

  lacking() {
    return Array.from({ length: this.upload.parts }, (_, place) => place + 1).filter((n) => !this.here.has(n));
  }

  sizeOf(number) {
    const begin = (number - 1) * this.upload.part_bytes;
    return Math.min(this.upload.part_bytes, this.file.size - begin);
  }

  sent() {
    return [...this.here].reduce((sum, number) => sum + this.sizeOf(number), 0);
  }

  async put(number) {
    const begin = (number - 1) * this.upload.part_bytes;
    const bytes = await this.file.slice(begin, begin + this.upload.part_bytes).arrayBuffer();
    const before = this.sent() - (this.here.has(number) ? bytes.byteLength : 0);
    await this.ask("PUT", `${this.address()}parts/${number}/?sha256=${await sha256(bytes)}`, bytes, (loaded) =>
      this.shown(before + loaded, this.file.size),
    );
    this.here.add(number);
    this.shown(this.sent(), this.file.size);
  }

  // One request; what the network or a busy server did is tried again, what the server refuses is not.
  async ask(method, url, body = null, progress = null) {
    for (let attempt = 1; ; attempt += 1) {
      if (this.isPaused) throw new Paused();
      const xhr = await this.once(method, url, body, progress);
      if (xhr.status >= 200 && xhr.status < 300) return xhr;
      if (this.isPaused) throw new Paused();
      const isPassing = xhr.status === 0 || xhr.status === 429 || xhr.status >= 500;
      if (!isPassing) throw new Refused(xhr);
      if (attempt === TRIES) throw new Paused("lost");
      this.retrying();
      await wait(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }

  once(method, url, body, progress) {
    return new Promise((resolve) => {
      const xhr = new XMLHttpRequest();
      this.xhr = xhr;
      if (progress) xhr.upload.addEventListener("progress", (event) => progress(event.loaded));
      xhr.addEventListener("loadend", () => resolve(xhr));
      xhr.open(method, url);
      xhr.setRequestHeader("X-CSRFToken", csrfToken());
      xhr.setRequestHeader("Accept", "application/json, application/problem+json");
      xhr.setRequestHeader("Content-Type", method === "PUT" ? "application/octet-stream" : "application/json");
      xhr.send(body);
    });
  }
}
