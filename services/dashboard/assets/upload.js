// Sends recordings, three at a time: one request a file, so that progress is real; all of them join one upload. What
// was begun goes on while its visitor looks at other pages; files that were not sent are lost with the tab alone.
(function () {
  "use strict";
  const AT_ONCE = 3;
  const FINAL = ["scored", "failed", "refused", "erased"];
  const RECORDING = /\.(wav|mp3|ogg|opus|oga|flac|m4a|aac|mp4|webm|wma|amr|gsm|au|aiff?|zip)$/i;
  let rows = []; // {key, name, size, state, done, problem, file | file_id, batch, call_id, duplicate, call}
  let group = null; // what is being sent together: {fields, batch, opening}
  let fields = { ready: false };
  let running = 0, following = false;

  const changed = () => diktor.uploads.draw(rows);
  const open = (row) => row.batch && !FINAL.includes(row.state);

  async function add(files) {
    for (const file of files) {
      const known = file.type.startsWith("audio/") || file.type.startsWith("video/") || RECORDING.test(file.name);
      rows.push({
        key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
        name: file.name,
        size: file.size,
        file,
        done: 0,
        state: known && file.size ? "held" : "refused",
        problem: !known ? "kind" : file.size ? "" : "nothing",
      });
    }
    changed();
  }

  function start() {
    const waiting = rows.filter((row) => row.state === "held");
    if (!waiting.length) return "no_files";
    if (!fields.ready) return "no_team_chosen";
    if (!group || !rows.some((row) => row.group === group && ["queued", "sending", "away"].includes(row.state)))
      group = { fields: { ...fields }, batch: null, opening: null };
    for (const row of waiting) Object.assign(row, { state: "queued", group, problem: "", done: 0 });
    while (running < AT_ONCE && next()) work();
    changed();
  }

  // The smallest goes first: it opens the upload that the others join.
  function next() {
    const queued = rows.filter((row) => row.state === "queued");
    const begun = queued.filter((row) => row.group.batch);
    if (begun.length) return begun[0];
    const closed = queued.filter((row) => !row.group.opening);
    return closed.sort((one, other) => one.size - other.size)[0];
  }

  async function work() {
    running += 1;
    for (let row = next(); row; row = next()) {
      row.state = "sending";
      const first = !row.group.batch;
      if (first) row.group.opening = row;
      changed();
      await sent(row);
      if (first) {
        row.group.opening = null;
        if (row.group.batch) for (let more = running; more < AT_ONCE && next(); more++) work();
      }
      changed();
      follow();
    }
    running -= 1;
  }

  async function sent(row) {
    for (let wait = 1000; ; wait = Math.min(2 * wait, 10000)) {
      const answer = await once(row);
      row.done = 0;
      if (answer.status >= 200 && answer.status < 300) return taken(row, answer.body);
      if (answer.status === 401) {
        await fetch("/api/v1/accounts/me"); // which renews the session, or asks for the password in place
        continue;
      }
      if (answer.status === 0 && !(await readable(row.file))) return refuse(row, "unreadable");
      if (answer.status !== 0 && answer.status < 500 && ![408, 409, 425, 429].includes(answer.status)) {
        return refuse(row, diktor.sentence(answer.body) || `HTTP ${answer.status}`);
      }
      row.state = "away";
      changed();
      await Promise.race([diktor.pause(wait), new Promise((back) => addEventListener("online", back, { once: true }))]);
      row.state = "sending";
    }
  }

  function once(row) {
    return new Promise((done) => {
      const form = new FormData(), request = new XMLHttpRequest();
      const { team, operator, direction, channels } = row.group.fields;
      const said = row.group.batch
        ? { batch_id: row.group.batch }
        : { team_id: team, operator_id: operator, direction, channels };
      for (const [name, value] of Object.entries(said)) if (value) form.append(name, value);
      form.append("files", row.file, row.name);
      request.open("POST", "/api/v1/calls");
      request.setRequestHeader("Accept-Language", document.documentElement.lang);
      request.setRequestHeader("X-CSRF-Token", diktor.cookie("csrf"));
      request.setRequestHeader("Idempotency-Key", row.key);
      request.upload.onprogress = (event) => {
        row.done = event.lengthComputable ? event.loaded / event.total : 0;
        changed();
      };
      const ended = () => {
        let body = {};
        try {
          body = JSON.parse(request.responseText);
        } catch {
          // a proxy's page
        }
        done({ status: request.status, body });
      };
      request.onload = request.onerror = request.onabort = ended;
      request.send(form);
    });
  }

  const readable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

  function refuse(row, problem) {
    Object.assign(row, { state: "refused", problem, file: null });
  }

  // A file became those that the API made of it: itself, or what was in an archive.
  function taken(row, batch) {
    row.group.batch = batch.batch_id;
    const made = batch.files.map((file) => ({ key: file.file_id, batch: batch.batch_id, group: row.group, ...file }));
    rows.splice(rows.indexOf(row), 1, ...made);
    diktor.address({ batch: batch.batch_id });
  }

  // Until nothing changes any more: what became of the files, and what the calls say.
  async function follow() {
    if (following) return;
    following = true;
    for (let wait = 700; rows.some(open); wait = Math.min(wait * 1.3, 4000)) {
      await diktor.pause(wait);
      for (const id of new Set(rows.filter(open).map((row) => row.batch))) await look(id).catch(() => {});
    }
    following = false;
    window.dash_clientside.set_props("upload-changed", { data: Date.now() });
  }

  async function look(id) {
    const response = await fetch(`/api/v1/calls/batches/${encodeURIComponent(id)}`);
    if (!response.ok) {
      if (response.status === 404) rows = rows.filter((row) => row.batch !== id);
      return changed();
    }
    const batch = await response.json();
    const known = new Map(rows.map((row) => [row.key, row]));
    for (const file of batch.files) {
      const row = known.get(file.file_id);
      if (row) Object.assign(row, file);
    }
    changed();
    const heard = rows.filter((row) => row.batch === id && row.state === "scored" && !row.call && row.call_id);
    for (let at = 0; at < heard.length; at += 50) {
      const some = heard.slice(at, at + 50);
      const query = new URLSearchParams(some.map((row) => ["call_id", row.call_id]));
      const found = await fetch(`/api/v1/calls?limit=50&${query}`);
      if (!found.ok) return;
      const calls = new Map((await found.json()).items.map((call) => [call.call_id, call]));
      for (const row of some) row.call = calls.get(row.call_id) ?? {};
      changed();
    }
    return batch;
  }

  // An earlier upload, looked at again.
  async function show(id) {
    if (!id || rows.some((row) => row.batch === id)) return;
    if (rows.some((row) => !FINAL.includes(row.state))) return; // what is under way is not put aside
    const response = await fetch(`/api/v1/calls/batches/${encodeURIComponent(id)}`);
    if (!response.ok) return;
    const batch = await response.json();
    rows = batch.files.map((file) => ({ key: file.file_id, batch: id, ...file }));
    await look(id);
    follow();
  }

  function clear() {
    rows = rows.filter((row) => !FINAL.includes(row.state) && row.state !== "held");
    diktor.address({ batch: null });
    changed();
  }

  addEventListener("beforeunload", (event) => {
    if (rows.some((row) => ["queued", "sending", "away"].includes(row.state))) event.preventDefault();
  });

  window.diktor = Object.assign(window.diktor ?? {}, { uploads: { add, start, clear, show } });
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    upload: {
      // What is said of the files; `ready`: nothing that must be said is missing.
      fields: (team, operator, direction, channels, rules) => {
        fields = { team, operator, direction, channels: channels === "usual" ? "" : channels, ready: !rules.team || Boolean(team) };
        setTimeout(() => {
          diktor.uploads.mount();
          changed();
          show(rules.batch);
        }, 0);
        return window.dash_clientside.no_update;
      },
    },
  });
})();
