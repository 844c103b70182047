// The words of the frames that the columns hold as numbers, in the order of Python's.

export const BEST_CLASSES = ["kansrijk", "verkennen", "technisch"];
export const STATUSES = ["active", "planned", "suspended", "closed"];
export const PLACEMENTS = ["point", "polygon", "address", "municipality"];
export const ROLES = ["supply", "demand"];
// The last two are no delivery: a hub that could be, and what is possible but another has now, drawn on request only.
export const LINK_STATUSES = ["running", "planned", "stopped", "hub", "given"];
export const HUB = LINK_STATUSES.indexOf("hub");
export const GIVEN = LINK_STATUSES.indexOf("given");

// Chances that do not pay now are never added to what the others bring.
export const IDLE_CLASS = BEST_CLASSES.indexOf("technisch");
