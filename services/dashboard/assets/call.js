// A call: its pieces of evidence, what is heard of it, and what a supervisor says of each piece.
(function () {
  "use strict";
  const LEAD_S = 0.7; // a piece is heard with what stands around it
  const LABELS = [["confirmed", "✓"], ["rejected", "✕"], ["other", "…"]];
  const none = () => window.dash_clientside.no_update;
  const by = (id) => document.getElementById(id);
  const now = { call: "", places: [], current: -1, history: [], begin: {}, stop: Infinity };
  const key = (place) => [place.channel, place.start_ms, place.defect].join(" ");
  const audio = () => by("call-audio");
  const words = () => now.begin.words ?? {};

  function made(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // The list

  function row(place, number) {
    const time = diktor.clock(place.start_ms);
    const play = made("button", { type: "button", className: "play", textContent: (audio() ? "▶ " : "") + time });
    if (audio()) play.setAttribute("aria-label", `${words().play_piece}: ${time}`);
    const dot = made("span", { className: "dot" });
    dot.style.background = now.begin.colours[place.defect] ?? "#7F7F7F";
    const what = made("span", { className: "what" }, dot, `${words()[place.defect] ?? place.defect} · ${words()[place.channel] ?? place.channel}`);
    const score = made("span", { className: "score", textContent: `${Math.round(100 * place.score)} %` });
    const item = made("li", { className: "piece", tabIndex: -1 }, play, what, score);
    item.dataset.place = number;
    if (now.begin.reviews && place.window !== null) {
      const buttons = made("span", { className: "labels", role: "group" });
      for (const [label, sign] of LABELS) {
        const button = made("button", { type: "button", textContent: `${sign} ${words()[label]}` });
        button.dataset.label = label;
        buttons.append(button);
      }
      const comment = made("input", { type: "text", className: "comment", maxLength: 2000, placeholder: words().comment, value: place.comment });
      comment.setAttribute("aria-label", words().comment);
      item.append(buttons, comment);
    } else {
      item.append(made("span", { className: "said" }));
    }
    marked(item, place);
    return item;
  }

  function marked(item, place) {
    item.dataset.said = place.label;
    for (const button of item.querySelectorAll("[data-label]")) button.setAttribute("aria-pressed", String(button.dataset.label === place.label));
    const said = item.querySelector(".said");
    if (said) said.textContent = place.label ? words()[place.label] : "";
    const comment = item.querySelector(".comment");
    if (comment && document.activeElement !== comment && place.comment) comment.value = place.comment;
  }

  const rows = () => [...document.querySelectorAll("#call-list .piece")];
  const shown = () => rows().filter((item) => !item.hidden).map((item) => Number(item.dataset.place));

  function list() {
    const box = by("call-list");
    if (!box || box.contains(document.activeElement?.closest?.(".comment"))) return; // what is being typed stays
    const typed = new Map(rows().map((item) => [item.dataset.key, item.querySelector(".comment")?.value]));
    box.replaceChildren(...now.places.map(row));
    for (const item of rows()) {
      item.dataset.key = key(now.places[item.dataset.place]);
      const comment = item.querySelector(".comment");
      if (comment && typed.get(item.dataset.key)) comment.value = typed.get(item.dataset.key);
    }
    if (!now.places.length) box.append(made("li", { className: "note", textContent: words().nothing }));
    which();
  }

  function which() {
    const select = by("call-which");
    const counts = new Map();
    for (const place of now.places) {
      const kind = `${place.channel} ${place.defect}`;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    const chosen = select.value;
    select.replaceChildren(
      made("option", { value: "", textContent: `${words().every} (${now.places.length})` }),
      ...[...counts].map(([kind, count]) => {
        const [channel, defect] = kind.split(" ");
        return made("option", { value: kind, textContent: `${words()[channel] ?? channel} · ${words()[defect] ?? defect} (${count})` });
      }),
    );
    select.value = counts.has(chosen) ? chosen : "";
    narrow();
  }

  function narrow() {
    const kind = by("call-which").value;
    for (const item of rows()) {
      const place = now.places[item.dataset.place];
      item.hidden = Boolean(kind) && kind !== `${place.channel} ${place.defect}`;
    }
  }

  function current() {
    for (const item of rows()) {
      if (Number(item.dataset.place) === now.current) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
  }

  function choose(number, focus = true) {
    now.current = number;
    current();
    const item = rows()[number];
    if (!item) return;
    if (focus) item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
    const place = now.places[number];
    seek(Math.max(0, place.start_ms - 1000 * LEAD_S));
    overlay();
  }

  function step(by_) {
    const all = shown();
    if (!all.length) return;
    const at = all.indexOf(now.current);
    choose(all[at < 0 ? (by_ > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by_, 0), all.length - 1)]);
  }

  // Listening

  function seek(ms) {
    now.at = ms;
    now.stop = Infinity;
    if (audio()) audio().currentTime = ms / 1000;
    overlay();
  }

  function play(number) {
    choose(number);
    const place = now.places[number];
    now.stop = place.end_ms / 1000 + LEAD_S;
    audio()?.play().catch(() => {});
  }

  function toggle() {
    const player = audio();
    if (!player) return;
    if (!player.paused) return player.pause();
    if (now.current >= 0 && now.places[now.current]) return play(now.current);
    now.stop = Infinity;
    player.play().catch(() => {});
  }

  const heard = new WeakSet();
  function listen() {
    const player = audio();
    if (!player || heard.has(player)) return;
    heard.add(player);
    const follow = () => {
      now.at = player.currentTime * 1000;
      if (player.currentTime >= now.stop) {
        now.stop = Infinity;
        player.pause();
      }
      overlay();
      if (!player.paused && player.isConnected) requestAnimationFrame(follow);
    };
    player.addEventListener("play", () => requestAnimationFrame(follow));
    player.addEventListener("seeked", () => player.paused && follow());
    // A session that ended while one listened: asking once more by fetch renews it.
    player.addEventListener("playing", () => delete player.dataset.again);
    player.addEventListener("error", async () => {
      if (player.dataset.again) return;
      player.dataset.again = "1";
      const at = player.currentTime;
      const response = await fetch(player.src, { headers: { Range: "bytes=0-0" } }).catch(() => null);
      if (!response?.ok) return;
      player.load();
      player.currentTime = at;
      player.play().catch(() => {});
    });
  }

  // The plot

  const plot = () => document.querySelector("#call-plot .js-plotly-plot");
  const listening = new WeakSet();
  function follow() {
    const drawn = plot();
    if (!drawn?.on || !drawn._fullLayout?.xaxis) return void (by("call-plot") && setTimeout(follow, 100));
    if (listening.has(drawn)) return overlay();
    listening.add(drawn);
    drawn.on("plotly_afterplot", overlay);
    overlay();
  }

  // Plotly tells of clicks on points only: a press that does not move is a click, wherever it is.
  let pressed = null;
  window.addEventListener("pointerdown", (event) => {
    pressed = plot()?.querySelector(".draglayer")?.contains(event.target) ? [event.clientX, event.clientY] : null;
  }, true);
  window.addEventListener("pointerup", (event) => {
    if (!pressed || Math.hypot(event.clientX - pressed[0], event.clientY - pressed[1]) > 4) return;
    const axis = plot()._fullLayout.xaxis;
    const at = event.clientX - plot().getBoundingClientRect().left - axis._offset;
    if (at < 0 || at > axis._length) return;
    const [ms, reach] = [axis.p2l(at), axis.p2l(6) - axis.p2l(0)];
    const near = shown().find((n) => now.places[n].start_ms - reach <= ms && ms <= now.places[n].end_ms + reach);
    if (near !== undefined) choose(near, false);
    else seek(Math.max(0, ms));
  }, true);

  function overlay() {
    const drawn = plot(), box = document.querySelector(".call-plot");
    const axis = drawn?._fullLayout?.xaxis;
    if (!axis || !box) return;
    const head = box.querySelector(":scope > .playhead") ?? box.appendChild(made("div", { className: "playhead" }));
    const span = box.querySelector(":scope > .chosen") ?? box.appendChild(made("div", { className: "chosen" }));
    const left = axis._offset + drawn.getBoundingClientRect().left - box.getBoundingClientRect().left;
    const put = (element, from, to) => {
      const begin = Math.max(axis.l2p(from), 0), end = Math.min(axis.l2p(to), axis._length);
      element.hidden = !(begin <= end);
      element.style.left = `${left + begin}px`;
      element.style.width = `${Math.max(end - begin, 2)}px`;
      element.style.height = `${drawn._fullLayout._size.h}px`;
      element.style.top = `${drawn._fullLayout._size.t}px`;
    };
    put(head, now.at ?? 0, now.at ?? 0);
    head.hidden ||= now.at === undefined;
    const place = now.places[now.current];
    if (place) put(span, place.start_ms, place.end_ms);
    else span.hidden = true;
  }

  // Judging

  const window_of = (place) => [place.channel, place.window, place.defect].join(" ");
  const comment_of = (number) => rows()[number]?.querySelector(".comment")?.value.trim() ?? "";

  let turn = Promise.resolve();
  async function label(number, name, comment, remembered = true) {
    const place = now.places[number];
    if (!now.begin.reviews || !place || place.window === null) return;
    const before = { number, label: place.label, comment: place.comment };
    const call = now.call;
    const path = ["/api/v1/calls", call, "labels", place.channel, place.window, place.defect].map((part, at) => (at ? encodeURIComponent(part) : part)).join("/");
    const put = (label, comment) => {
      now.places.forEach((other, at) => {
        if (window_of(other) !== window_of(place)) return;
        Object.assign(other, { label, comment });
        if (rows()[at]) marked(rows()[at], other);
      });
    };
    put(name, comment);
    rows()[number]?.setAttribute("aria-busy", "true");
    const send = () =>
      name
        ? diktor.change("PUT", path, JSON.stringify({ label: name, comment }), { "Content-Type": "application/json" })
        : diktor.change("DELETE", path);
    turn = turn.then(send).catch(() => null); // one after the other, as they were said
    const response = await turn;
    if (call !== now.call) return;
    rows()[number]?.removeAttribute("aria-busy");
    if (response?.ok) {
      if (remembered) now.history.push(before);
      return tell(name ? `${words().saved}: ${words()[name]}` : words().undone);
    }
    put(before.label, before.comment);
    const problem = await response?.json().catch(() => null);
    const note = { action: "show", title: words().not_saved, message: diktor.sentence(problem ?? {}), color: "red", autoClose: 12000 };
    window.dash_clientside.set_props("notifications", { sendNotifications: [note] });
  }

  function undo() {
    const before = now.history.pop();
    if (!before) return;
    choose(before.number);
    label(before.number, before.label, before.comment, false);
  }

  function tell(text) {
    if (by("call-said")) by("call-said").textContent = text;
  }

  async function further() {
    const response = await fetch("/api/v1/calls/reviews?limit=50");
    if (!response.ok) return;
    const items = (await response.json()).items;
    const passed = new Set(JSON.parse(sessionStorage.getItem("diktor.passed") ?? "[]")).add(now.call);
    const elsewhere = items.filter((item) => item.call.call_id !== now.call);
    let next = elsewhere.find((item) => !passed.has(item.call.call_id));
    if (!next && elsewhere.length) {
      passed.clear(); // all were looked at once: from the riskiest again
      next = elsewhere[0];
    }
    sessionStorage.setItem("diktor.passed", JSON.stringify([...passed]));
    if (next) {
      const place = new URLSearchParams({ at: next.start_ms, channel: next.channel, defect: next.defect });
      return diktor.go(`/calls/${encodeURIComponent(next.call.call_id)}?${place}`);
    }
    if (items.length) return begin({ at: items[0].start_ms, channel: items[0].channel, defect: items[0].defect });
    window.dash_clientside.set_props("notifications", {
      sendNotifications: [{ action: "show", title: words().none_left, message: "", color: "teal", autoClose: 4000 }],
    });
  }

  function begin({ at, channel, defect }) {
    if (at === null || at === undefined) return;
    const own = (place) => (!channel || place.channel === channel) && (!defect || place.defect === defect);
    const number = now.places.findIndex((place) => own(place) && (place.window === Number(at) || place.start_ms === Number(at)));
    if (number >= 0) choose(number);
    else seek(Number(at));
  }

  const ACTIONS = {
    KeyJ: () => step(+1),
    KeyK: () => step(-1),
    Space: toggle,
    KeyY: () => label(now.current, "confirmed", comment_of(now.current)),
    KeyN: () => label(now.current, "rejected", comment_of(now.current)),
    KeyO: () => label(now.current, "other", comment_of(now.current)),
    KeyU: undo,
  };
  document.addEventListener("keydown", (event) => {
    if (!by("call-list") || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, audio, [contenteditable], [role=listbox]")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (event.code === "Space" && event.target.closest("button, a, [role=button]")) return;
    const action = ACTIONS[event.code];
    if (!action) return;
    event.preventDefault();
    action();
  });
  document.addEventListener("click", (event) => {
    const item = event.target.closest?.("#call-list .piece");
    if (!item) return;
    const number = Number(item.dataset.place);
    const button = event.target.closest("button");
    if (button?.classList.contains("play")) play(number);
    else if (button?.dataset.label) {
      choose(number, false);
      const same = now.places[number].label === button.dataset.label;
      label(number, same ? "" : button.dataset.label, comment_of(number));
    } else if (!event.target.closest(".comment") && number !== now.current) choose(number);
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "call-which") return narrow();
    const item = event.target.closest?.("#call-list .piece");
    if (!item || !event.target.classList.contains("comment")) return;
    const place = now.places[item.dataset.place];
    if (place.label && place.comment !== event.target.value.trim()) label(Number(item.dataset.place), place.label, event.target.value.trim());
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.classList?.contains("comment")) event.target.closest(".piece").focus();
  });
  window.addEventListener("resize", () => plot() && overlay());

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    call: {
      // What is not drawn yet is drawn as it is by then; an open call is looked at again and again.
      changed: (live, call) => (live?.calls[call] && by("call-head") ? live.at : none()),
      draw: (data, said) => {
        if (!data) return none();
        const chosen = now.places[now.current];
        const fresh = data.call !== now.call || !by("call-list")?.childElementCount;
        if (fresh) Object.assign(now, { current: -1, history: [], at: undefined, stop: Infinity });
        Object.assign(now, { call: data.call, places: data.places, begin: said });
        if (!fresh && chosen) now.current = now.places.findIndex((place) => key(place) === key(chosen));
        const shown_ = () => {
          if (!by("call-list")) return void setTimeout(shown_, 50); // the page is on its way
          list();
          current();
          listen();
          follow();
          if (fresh) begin(said);
        };
        shown_();
        return none();
      },
      further: async (clicks) => {
        if (clicks) await further();
        return false;
      },
    },
  });
})();
