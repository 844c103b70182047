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
