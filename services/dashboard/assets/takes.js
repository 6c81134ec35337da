// Takes that the API does not have yet, kept in this browser (IndexedDB) for whoever made them. A take has a key of its
// own, with which the API takes it once however often it is sent.
(function () {
  "use strict";
  const DAYS = 7; // what nobody sent is a voice that lies around
  const opened = () =>
    new Promise((done, failed) => {
      const asked = indexedDB.open("diktor", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("takes", { keyPath: "key" });
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
    });

  async function within(mode, work) {
    const base = await opened();
    try {
      return await new Promise((done, failed) => {
        const change = base.transaction("takes", mode);
        const asked = work(change.objectStore("takes"));
        change.oncomplete = () => done(asked.result);
        change.onerror = change.onabort = () => failed(change.error);
      });
    } finally {
      base.close();
    }
  }

  // {key, user, exercise, text, blob, name, seconds, at}
  const keep = (take) => within("readwrite", (takes) => takes.put(take));
  const drop = (key) => within("readwrite", (takes) => takes.delete(key));

  async function of(user) {
    const all = await within("readonly", (takes) => takes.getAll());
    const old = all.filter((take) => Date.now() - take.at > DAYS * 86400000);
    await Promise.all(old.map((take) => drop(take.key)));
    return all.filter((take) => take.user === user && !old.includes(take)).sort((one, other) => other.at - one.at);
  }

  // The attempt that the take became. Raises: an Error with the `status` and the API's `said`, or without: no network.
  async function send(take) {
    const form = new FormData();
    form.append("file", take.blob, take.name);
    const path = `/api/v1/training/exercises/${encodeURIComponent(take.exercise)}/attempts`;
    return answer(await diktor.change("POST", path, form, { "Idempotency-Key": take.key }));
  }

  // The attempt, once it was judged.
  async function judged(attempt) {
    for (;;) {
      const found = await answer(await fetch(`/api/v1/training/attempts/${encodeURIComponent(attempt)}?wait_s=20`));
      if (found.state === "done") return found;
    }
  }

  async function answer(response) {
    const body = await response.json().catch(() => ({}));
    if (response.ok) return body;
    throw Object.assign(new Error(`${response.status}`), { status: response.status, said: diktor.sentence(body) });
  }

  window.diktor = Object.assign(window.diktor ?? {}, { takes: { keep, drop, of, send, judged } });
})();
