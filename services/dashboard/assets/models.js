// Which releases are compared and which pipeline is chosen is in the address.
window.dash_clientside = Object.assign({}, window.dash_clientside, {
  models: {
    pipeline: (pipeline) => {
      diktor.address({ pipeline: pipeline === "rebuild_model" ? null : pipeline });
      return window.dash_clientside.no_update;
    },
    compare: (first, second) => {
      diktor.address({ first, second });
      return window.dash_clientside.no_update;
    },
  },
});
