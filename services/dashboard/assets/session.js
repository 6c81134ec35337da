// The visitor's session: every request of a page is made again after the session was renewed, after a log-in in place,
// and after the API came back; nothing that was typed is lost meanwhile. Loaded before Dash sends anything.
(function () {
  "use strict";
  const ACCOUNTS = "/api/v1/accounts";
  const PATIENCE_MS = 60000; // how long what is away is asked for again
  const EARLY_MS = 120000; // a session is renewed so long before its token ends
  const plain = window.fetch.bind(window);
  const toLogIn = () => location.replace("/login?next=" + encodeURIComponent(location.pathname + location.search));
  let worked = false; // a page was shown: what comes now is in the middle of something

  const cookie = (name) =>
    document.cookie.split("; ").find((part) => part.startsWith(name + "="))?.slice(name.length + 1) ?? "";
  const remember = (name, value) => (document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`);
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const post = (path, body) =>
    plain(ACCOUNTS + path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": cookie("csrf") },
      body: JSON.stringify(body),
    });

  // What a problem of the API's says: cause and remedy, with a capital and a full stop.
  function sentence(problem) {
    const text = [problem.detail, problem.remedy].filter(Boolean).join(". ").replace(/[ .]+$/, "");
    return text && text[0].toUpperCase() + text.slice(1) + ".";
  }

  // Cookies are new: for all tabs to know, and until when.
  async function kept(response) {
    const tokens = await response.clone().json();
    localStorage.setItem("diktor.renewed", String(Date.now()));
    localStorage.setItem("diktor.until", String(Date.now() + tokens.expires_in * 1000));
    return true;
  }

  // One tab renews, the others wait for it and take what it got: a refresh token is good once.
  function renew(since) {
    const work = async () => {
      if (Number(localStorage.getItem("diktor.renewed")) > since) return true;
      const response = await post("/refresh", {}).catch(() => null);
      if (!response || response.status >= 500 || response.status === 429) throw new Error("away");
      return response.ok && kept(response);
    };
    return navigator.locks ? navigator.locks.request("diktor.renew", work) : work();
  }

  async function logIn(login, password) {
    const response = await post("/log-in", { login: login.trim(), password });
    if (response.ok) await kept(response);
    return response;
  }

  let again = null; // one dialog, however many requests wait for it
  function logInAgain() {
    again ??= new Promise((done) => {
      const dialog = document.getElementById("again");
      dialog.addEventListener("diktor:in", () => (dialog.close(), (again = null), done()), { once: true });
      dialog.addEventListener("cancel", (event) => event.preventDefault());
      dialog.showModal();
    });
    return again;
  }

  let waiting = 0;
  function away(change) {
    waiting += change;
    const line = document.getElementById("away");
    if (line) line.hidden = waiting === 0;
  }

  // The API says what is wrong in the page's language.
  const spoken = (options = {}) => {
    const headers = Object.fromEntries(new Headers(options.headers));
    return { ...options, headers: { "accept-language": document.documentElement.lang, ...headers } };
  };

  async function asked(resource, options) {
    const begun = Date.now();
    let told = false;
    try {
      for (let wait = 500; ; wait = Math.min(2 * wait, 4000)) {
        const since = Date.now();
        if (options.headers["x-csrf-token"]) options.headers["x-csrf-token"] = cookie("csrf"); // a new log-in has another
        const response = await plain(resource, options).catch((error) => {
          if (options.signal?.aborted || Date.now() - begun > PATIENCE_MS) throw error;
          return null;
        });
        if (response?.status === 401) {
          const renewed = await renew(since).catch(() => null);
          if (renewed === false) {
            if (!worked || location.pathname === "/login") {
              toLogIn();
              return new Promise(() => {});
            }
            await logInAgain();
          }
          if (renewed !== null) continue;
        } else if (response && ![429, 502, 503, 504].includes(response.status)) {
          return response;
        } else if (response && Date.now() - begun > PATIENCE_MS) {
          return response;
        }
        if (!told) away(+1), (told = true);
        await pause(wait);
      }
    } finally {
      if (told) away(-1);
    }
  }

  window.fetch = async function (resource, options) {
    const url = new URL(resource instanceof Request ? resource.url : resource, location.href);
    const own = url.origin === location.origin && !url.pathname.startsWith(ACCOUNTS + "/log-in");
    if (!own || resource instanceof Request) return plain(resource, options);
    const response = await asked(resource, spoken(options));
    if (response.ok && url.pathname === "/_dash-update-component" && location.pathname !== "/login") worked = true;
    return response;
  };

  // What is not fetched (a player, an EventSource) needs a session that is always fresh.
  setInterval(() => {
    const until = Number(localStorage.getItem("diktor.until"));
    if (until && !document.hidden && cookie("csrf") && until - Date.now() < EARLY_MS) renew(Date.now() - 5000).catch(() => {});
  }, 15000);

  // Forms with data-log-in: the page's and the dialog's.
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest?.("form[data-log-in]");
    if (!form) return;
    event.preventDefault();
    const [login, password] = form.querySelectorAll("input");
    const said = form.querySelector("[role=alert]");
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    said.textContent = "";
    const response = await logIn(login.value, password.value).catch(() => null);
    button.disabled = false;
    if (response?.ok) {
      password.value = "";
      const dialog = form.closest("dialog");
      if (dialog) return dialog.dispatchEvent(new Event("diktor:in"));
      const next = new URLSearchParams(location.search).get("next") ?? "/";
      return location.assign(next.startsWith("/") && !next.startsWith("//") ? next : "/");
    }
    const key = !response ? "away" : response.status === 429 ? "often" : response.status === 401 ? "wrong" : "other";
    said.textContent = form.dataset[key].replace("{s}", response?.headers.get("Retry-After") ?? "");
  });

  async function logOut(everywhere) {
    await window.fetch(ACCOUNTS + (everywhere ? "/log-out-everywhere" : "/log-out"), {
      method: "POST",
      headers: { "X-CSRF-Token": cookie("csrf") },
    }).catch(() => {});
    localStorage.removeItem("diktor.until");
    location.assign("/login");
  }

  // A change at the API from a script: as fetch, with what its CSRF guard asks for.
  const change = (method, path, body, headers) =>
    window.fetch(path, { method, body, headers: { "X-CSRF-Token": cookie("csrf"), ...headers } });

  if (!cookie("csrf") && location.pathname !== "/login") toLogIn();
  remember("tz", Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (!cookie("theme")) {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    remember("theme", dark ? "dark" : "light");
  }
  document.documentElement.dataset.agThemeMode = cookie("theme");

  window.diktor = Object.assign(window.diktor ?? {}, { cookie, remember, renew, kept, post, logOut, change, pause, sentence });
})();
