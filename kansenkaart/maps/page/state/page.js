// What the whole page shares: the data, what is asked of it, and what that gives.

export const page = {
  model: null,
  state: null,
  result: null,
  gaps: [],
  pointed: null,
  scenes: null,
  presenting: null,
  lit: [],
  online: false,
  map: null,
  layers: null,
  actions: null,
  update: null,
  related: null,
};

export const firstScene = () => ({ set: page.scenes.own.length ? "own" : "automatic", at: 0 });

export const presentedScene = () => page.presenting && page.scenes[page.presenting.set][page.presenting.at];
