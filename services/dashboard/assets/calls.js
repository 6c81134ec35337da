// The list of calls: the API's pages, each of which knows where the next one begins, as the rows of a grid.
(function () {
  "use strict";
  const GRID = "calls-grid", BLOCK = 100;
  const NAMES = ["since", "until", "team", "operator", "defect", "minimum_risk", "verdict", "reviewed", "status"];
  const diktor = (window.diktor = window.diktor ?? {}); // files are loaded by name, this one before session.js
  let words = {}, query = "", asked_at = "";

  // 4:05, 1:02:03
  diktor.clock = (ms) => {
    const whole = Math.max(0, Math.floor(ms / 1000));
    const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (number) => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
  };

  // To another page, without loading everything anew.
  diktor.go = (path) => {
    history.pushState({}, "", path);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  };

  const began = (text) =>
    new Date(text).toLocaleString(words.language === "ru" ? "ru-RU" : "en-GB", {
      day: "2-digit", month: "2-digit", year: "2-digit", hour: "2-digit", minute: "2-digit",
    });

  function row(call) {
    const found = {
      call_id: call.call_id,
      began: began(call.started_at),
      operator_id: call.operator_id,
      team_id: call.team_id,
      status: words[call.status] ?? call.status,
      lasted: call.duration_ms ? diktor.clock(call.duration_ms) : "",
      reviewed: call.reviewed ? words.reviewed : "",
    };
    for (const one of call.judgements) {
      if (one.channel !== "customer") found[one.defect] = { risk: one.risk, verdict: one.verdict, word: words[one.verdict] };
    }
    return found;
  }

  // Where pages of one question begin is learned page by page, so that each waits for the one before it.
  function source(asked) {
    const cursors = { 0: "" };
    let turn = Promise.resolve();
    async function rows(params) {
      const cursor = cursors[params.startRow];
      if (asked !== query || cursor === undefined) return params.failCallback();
      const more = cursor && `&cursor=${encodeURIComponent(cursor)}`;
      try {
        const response = await fetch(`/api/v1/calls?limit=${BLOCK}${asked && "&" + asked}${more}`);
        const page = await response.json();
        if (asked !== query) return params.failCallback();
        say(response.ok ? "" : diktor.sentence(page) || words.failed_to_load);
        const items = response.ok ? page.items : [];
        const end = params.startRow + items.length;
        if (page.next) cursors[end] = page.next;
        params.successCallback(items.map(row), page.next ? -1 : end);
        const grid = await dash_ag_grid.getApiAsync(GRID);
        if (end === 0) grid.showNoRowsOverlay();
        else grid.hideOverlay();
      } catch (error) {
        say(words.failed_to_load);
        params.failCallback();
      }
    }
    return { getRows: (params) => (turn = turn.then(() => rows(params))) };
  }

  function say(text) {
    const line = document.getElementById("calls-problem");
    if (line) line.textContent = text;
  }

  const known = new WeakSet();
  let shown_in = null; // the grid that has rows
  async function show() {
    const grid = await dash_ag_grid.getApiAsync(GRID);
    shown_in = grid;
    if (!known.has(grid)) {
      known.add(grid);
      const open = (event) => event.data && diktor.go("/calls/" + encodeURIComponent(event.data.call_id));
      grid.addEventListener("rowClicked", (event) => event.event.target.closest("a") || open(event));
      grid.addEventListener("cellKeyDown", (event) => event.event.key === "Enter" && open(event));
    }
    asked_at = new Date().toISOString();
    window.dash_clientside.set_props("calls-fresh", { style: { display: "none" } });
    grid.setGridOption("datasource", source(query));
  }

  const moment = (text) => (text && !isNaN(new Date(text)) ? new Date(text).toISOString().replace(".000Z", "Z") : null);

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    calls: {
      look: (...given) => {
        const [ready, said] = given.slice(NAMES.length);
        words = said;
        const values = Object.fromEntries(NAMES.map((name, place) => [name, given[place]]));
        values.since = moment(values.since);
        values.until = moment(values.until);
        diktor.address(values);
        const asked = new URLSearchParams();
        for (const [name, value] of Object.entries(values)) {
          for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") asked.append(name, one);
        }
        query = asked.toString();
        if (ready) show(); // the grid has asked its own source, which ours takes the place of
        const file = (format) => `/api/v1/calls/export?format=${format}${query && "&" + query}`;
        return [file("csv"), file("parquet")];
      },
      // What is on the screen changes as calls do; that there are new ones is said, and nothing jumps.
      changed: (live) => {
        const grid = live && shown_in;
        if (!grid || grid.isDestroyed()) return window.dash_clientside.no_update;
        const shown = new Map();
        grid.forEachNode((node) => node.data && shown.set(node.data.call_id, node));
        let fresh = false;
        for (const call of Object.values(live.calls)) {
          const node = shown.get(call.call_id);
          if (node) node.setData({ ...row(call), reviewed: node.data.reviewed });
          else if (call.started_at > asked_at) fresh = true;
        }
        return fresh ? {} : window.dash_clientside.no_update;
      },
      again: (clicks) => {
        if (clicks) show();
        return window.dash_clientside.no_update;
      },
    },
  });

  const { createElement } = window.React;
  const components = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  components.DiktorCall = ({ data, value }) =>
    data ? createElement("a", { href: "/calls/" + encodeURIComponent(data.call_id), tabIndex: -1, onClick: follow }, value) : null;
  components.DiktorRisk = ({ value }) => {
    if (!value) return null;
    if (value.risk === null) return createElement("span", { className: "risk none" }, value.word);
    return createElement(
      "span",
      { className: `risk ${value.verdict}` },
      createElement("b", null, Math.round(value.risk)),
      createElement("span", { className: "track" }, createElement("span", { style: { width: `${value.risk}%` } })),
      createElement("span", null, value.word),
    );
  };
  function follow(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    diktor.go(event.currentTarget.getAttribute("href"));
  }
})();
