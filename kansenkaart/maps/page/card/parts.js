// Pieces that every card is made of.

import { el } from "../dom.js";

export const cardTitle = (...words) => el("h2", { id: "kk-card-title", tabindex: -1 }, words);

export const block = (title, ...content) => el("section", {}, el("h3", {}, title), content);

export const paragraph = (...words) => el("p", {}, words);
