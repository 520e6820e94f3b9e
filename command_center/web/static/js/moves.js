// Moving a ticket: photos first, then the move with the history that the person saw.

import { get, post, upload } from "./api.js";
import { say, t } from "./language.js";

/**
 * Make a move. `photos` are blobs; `onProgress` gets 0…1 over all of them.
 * Returns the ticket as it stands after it; throws a Problem.
 */
export async function makeMove(ticketId, { move, values, photos, expectedSeq }, onProgress) {
  const ids = [];
  for (const [index, photo] of photos.entries()) {
    const sent = await upload(`/tickets/${ticketId}/photos`, photo, (fraction) =>
      onProgress?.((index + fraction) / photos.length),
    );
    ids.push(sent.id);
  }
  return post(`/tickets/${ticketId}/moves`, {
    move,
    ...values,
    ...(ids.length ? { photos: ids } : {}),
    expected_seq: expectedSeq,
  });
}

/** After a 409: the ticket as it stands now, and kind words about who was faster. */
export async function afterRace(ticketId, me) {
  const ticket = await get(`/tickets/${ticketId}`);
  const last = ticket.transitions.findLast(({ by }) => by !== me);
  return { ticket, words: last ? raceWords(last) : t("race.plain") };
}

function raceWords(transition) {
  if (transition.by === "system") return t("race.plain");
  return t("race.moved", { name: byName(transition), move: say(transition.label) });
}

export function byName(transition) {
  if (transition.by === "system") return t("race.system");
  return say(transition.by_name) || transition.by;
}
