// What the upload page shows of its files: a place to drop them, how far they are, what was refused, what was heard.
(function () {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const words = () => JSON.parse(byId("upload")?.dataset.say ?? "{}");
  const language = document.documentElement.lang;
  const size = (bytes) => {
    const units = words().units.split(" ");
    const step = bytes < 1e3 ? 0 : bytes < 1e6 ? 1 : bytes < 1e9 ? 2 : 3;
    return new Intl.NumberFormat(language, { maximumFractionDigits: step > 1 ? 1 : 0 }).format(bytes / 1e3 ** step) + `\u00a0${units[step]}`;
  };
  const shown = new Map(); // key → {line, told}
  let said = "", timer = null, latest = [];

  // React would drop an input of type file that it did not make.
  function mount() {
    const zone = byId("upload-zone");
    if (!zone || zone.querySelector("input")) return;
    shown.clear();
    const input = Object.assign(document.createElement("input"), { type: "file", multiple: true, id: "upload-files" });
    input.setAttribute("aria-label", words().choose);
    input.onchange = () => {
      diktor.uploads.add([...input.files]);
      input.value = "";
    };
    zone.append(input);
    zone.ondragover = (event) => {
      event.preventDefault();
      zone.classList.add("over");
    };
    zone.ondragleave = () => zone.classList.remove("over");
    zone.ondrop = (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      const items = [...event.dataTransfer.items].filter((item) => !item.webkitGetAsEntry?.()?.isDirectory);
      diktor.uploads.add(items.map((item) => item.getAsFile()).filter(Boolean));
    };
  }

  function draw(rows) {
    latest = rows;
    hint(""); // at once: what is said between now and then stays
    timer ??= setTimeout(() => {
      timer = null;
      if (byId("upload-list")) lines(latest);
    }, 80);
  }

  function lines(rows) {
    const places = { refused: byId("upload-refused"), other: byId("upload-list") };
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, { line }] of shown) if (!keys.has(key)) line.remove(), shown.delete(key);
    for (const row of rows) {
      const place = ["refused", "failed"].includes(row.state) ? places.refused : places.other;
      const told = [row.state, row.done, row.problem, row.duplicate, Boolean(row.call)].join();
      const known = shown.get(row.key);
      if (known?.told === told && known.line.parentNode === place) continue;
      const line = known?.line ?? document.createElement("li");
      line.dataset.state = row.state;
      line.replaceChildren(...parts(row));
      if (line.parentNode !== place) place.append(line);
      shown.set(row.key, { line, told });
    }
    byId("upload-refused-part").hidden = !places.refused.childElementCount;
    byId("upload-sent-part").hidden = !places.other.childElementCount;
    summary(rows);
  }

  const made = (tag, text, more) => Object.assign(document.createElement(tag), { textContent: text, ...more });

  function parts(row) {
    const name = made("span", row.name, { className: "name", title: row.name });
    const state = made("span", words()[`state.${row.state}`], { className: "state" });
    const found = [name, made("span", row.size ? size(row.size) : "", { className: "size" }), state];
    if (row.state === "sending") {
      const bar = made("progress", "", { max: 1, value: row.done });
      bar.setAttribute("aria-label", row.name);
      found.push(bar);
    }
    if (row.problem) found.push(made("span", problem(row.problem), { className: "why", title: row.problem }));
    if (row.duplicate) found.push(made("span", words().duplicate, { className: "why" }));
    if (row.call?.judgements) found.push(heard(row.call));
    if (row.call_id && ["scored", "failed", "sent"].includes(row.state))
      found.push(made("a", words().open, { href: `/calls/${encodeURIComponent(row.call_id)}`, className: "open" }));
    return found;
  }

  // Files that were not sent have a reason of this page's, others the API's sentence.
  const problem = (text) => words()[`problem.${text}`] ?? diktor.sentence({ detail: text });

  function heard(call) {
    const say = words();
    const box = made("span", "", { className: "heard" });
    const own = call.judgements.filter((found) => found.channel !== "customer");
    const bad = own.filter((found) => ["likely", "possible"].includes(found.verdict));
    for (const found of bad) {
      const mark = made("span", `${say[found.defect] ?? found.defect}: ${say[found.verdict]}, ${Math.round(found.risk)}`);
      mark.className = "verdict";
      mark.dataset.verdict = found.verdict;
      mark.dataset.defect = found.defect;
      mark.title = say.risk;
      box.append(mark);
    }
    if (!bad.length) {
      const unsure = own.length && own.every((found) => found.verdict === "not_enough_evidence");
      box.append(made("span", unsure ? say.not_enough_evidence : say.nothing_heard));
    }
    return box;
  }

  function summary(rows) {
    const say = words();
    const count = (...states) => rows.filter((row) => states.includes(row.state)).length;
    const held = count("held");
    byId("upload-count").textContent = held ? `\u00a0(${held})` : "";
    byId("upload-part").hidden = !rows.length;
    byId("upload-clear").hidden = !rows.some((row) => ["scored", "failed", "refused", "erased", "held"].includes(row.state));
    const whole = rows.filter((row) => row.group || row.batch);
    const bytes = whole.reduce((sum, row) => sum + (row.size || 0), 0);
    const done = whole.reduce((sum, row) => sum + (row.batch || row.state === "refused" ? row.size || 0 : (row.done || 0) * row.size), 0);
    const bar = byId("upload-bar");
    bar.hidden = !whole.length;
    bar.firstElementChild.style.width = `${bytes ? (100 * done) / bytes : 100}%`;
    bar.setAttribute("aria-valuenow", String(Math.round(bytes ? (100 * done) / bytes : 100)));
    const text = [
      [say.total, rows.length],
      [say.to_send, count("held", "queued", "sending", "away")],
      [say.in_work, count("waiting", "sent")],
      [say.scored, count("scored")],
      [say.refused, count("refused", "failed")],
    ]
      .filter(([, n], at) => n || at === 0)
      .map(([name, n]) => `${name}: ${n}`)
      .join(" · ");
    const away = count("away") ? ` ${say.away}` : "";
    if (text + away !== said) byId("upload-summary").textContent = said = text + away;
    byId("upload-summary").textContent ||= said;
  }

  function hint(text) {
    const line = byId("upload-hint");
    if (line && line.textContent !== text) line.textContent = text;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#upload-start")) hint(words()[diktor.uploads.start()] ?? "");
    if (event.target.closest?.("#upload-clear")) diktor.uploads.clear();
  });

  Object.assign(diktor.uploads, { draw, mount });
})();
