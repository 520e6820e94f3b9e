// A button that works: it cannot be pressed twice, and what goes wrong is told.

import { tell } from "./toast.js";

/** Run `work` while `button` shows that it is busy; errors go to `onError`. */
export async function busy(button, work, onError = tell) {
  button.disabled = true;
  button.classList.add("busy");
  try {
    return await work();
  } catch (error) {
    onError(error);
    return undefined;
  } finally {
    button.disabled = false;
    button.classList.remove("busy");
  }
}
