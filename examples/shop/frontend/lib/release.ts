/** What runs here: the commit, and the slot that it runs in. Read when the server starts, so one image serves both slots. */
export const release = process.env.RELEASE ?? "development";
export const slot = process.env.SLOT ?? "none";
export const headers = { "X-Release": release, "X-Slot": slot };
