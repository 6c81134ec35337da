// The shell's own callbacks, and the stream of live calls.
(function () {
  "use strict";
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: {
      burger: (opened, navbar) => ({ ...navbar, collapsed: { mobile: !opened } }),
      arrived: () => false,
      theme: (clicks, now) => {
        const next = now === "dark" ? "light" : "dark";
        diktor.remember("theme", next);
        return next;
      },
      scheme: (theme) => {
        document.documentElement.dataset.agThemeMode = theme;
        return theme;
      },
      language: (code) => {
        if (code && code !== document.documentElement.lang) {
          diktor.remember("lang", code);
          location.reload();
        }
        return window.dash_clientside.no_update;
      },
    },
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-log-out]");
    if (button) diktor.logOut(button.dataset.logOut === "everywhere");
  });

  // Live calls go to the store "live", a second's worth at once: {calls: {call_id: call}, at: ms}. Only while looked at.
  let source = null, calls = {}, timer = null;
  function hand() {
    timer = null;
    window.dash_clientside.set_props("live", { data: { calls, at: Date.now() } });
    calls = {};
  }
  function listen() {
    const wanted = !document.hidden && diktor.cookie("csrf") && location.pathname !== "/login";
    if (!wanted) {
      source?.close();
      source = null;
    } else if (!source || source.readyState === EventSource.CLOSED) {
      source = new EventSource("/api/v1/events");
      source.addEventListener("call", (event) => {
        const call = JSON.parse(event.data);
        calls[call.call_id] = call;
        timer ??= setTimeout(hand, 1000);
      });
    }
  }
  document.addEventListener("visibilitychange", listen);
  setInterval(listen, 3000);
  listen();

  // The address says what is looked at, without the page being made anew.
  diktor.address = (values) => {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(values)) {
      url.searchParams.delete(name);
      for (const one of [value].flat()) if (one !== null && one !== undefined && one !== "") url.searchParams.append(name, one);
    }
    history.replaceState(history.state, "", url);
  };
})();
