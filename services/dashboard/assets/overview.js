// Calls that are going on, as they begin, grow and end.
(function () {
  "use strict";
  const SHOWN = 10, KEPT_MS = 30000; // how long a call that ended stays
  const calls = new Map();
  let listed = null, at = 0, words = {};

  function line(call) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = "/calls/" + encodeURIComponent(call.call_id);
    link.textContent = call.operator_id;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      window.diktor.go(link.getAttribute("href"));
    });
    const team = document.createElement("span");
    team.className = "team-name";
    team.textContent = call.team_id;
    const state = document.createElement("span");
    state.className = "state " + call.status;
    state.textContent = call.status === "open" ? window.diktor.clock(Date.now() - Date.parse(call.started_at)) : said(call);
    item.append(link, team, state);
    return item;
  }

  function said(call) {
    if (call.status === "failed") return words.failed;
    const found = call.judgements.filter((one) => one.channel !== "customer" && ["likely", "possible"].includes(one.verdict));
    found.sort((one, other) => other.risk - one.risk);
    return `${words.finished}: ` + (found.length ? `${words[found[0].defect]} ${words[found[0].verdict]}` : words.clean);
  }

  function draw() {
    const list = document.getElementById("overview-open");
    if (!list) return;
    for (const [id, call] of calls) if (call.gone && Date.now() - call.gone > KEPT_MS) calls.delete(id);
    const shown = [...calls.values()].sort((one, other) => (one.started_at < other.started_at ? 1 : -1));
    const lines = shown.slice(0, SHOWN).map(line);
    if (shown.length > SHOWN) lines.push(note(words.more_open.replace("{{n}}", shown.length - SHOWN)));
    if (!shown.length) lines.push(note(words.no_calls));
    list.replaceChildren(...lines);
  }

  function note(text) {
    const item = document.createElement("li");
    item.className = "note";
    item.textContent = text;
    return item;
  }

  setInterval(() => document.hidden || (listed && draw()), 1000);

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    overview: {
      open: (begun, live, said) => {
        words = said;
        if (begun && begun !== listed) {
          listed = begun;
          for (const [id, call] of calls) if (!call.gone) calls.delete(id);
          for (const call of begun) if (!calls.has(call.call_id)) calls.set(call.call_id, call);
        }
        if (live && live.at > at) {
          at = live.at;
          for (const call of Object.values(live.calls)) {
            if (call.status === "open") calls.set(call.call_id, call);
            else if (calls.has(call.call_id)) calls.set(call.call_id, { ...call, gone: Date.now() });
          }
        }
        if (listed) draw();
        return window.dash_clientside.no_update;
      },
    },
  });
})();
