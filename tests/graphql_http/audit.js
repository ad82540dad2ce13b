// Run the GraphQL-over-HTTP audits: TOKEN=... node audit.js URL
// Prints every audit that is not ok. Exits with 1 when one of level MUST or SHOULD is among them.
import { serverAudits } from "graphql-http";

const FEWEST = 61; // of the pinned version; fewer would mean that they were not all run
const [url] = process.argv.slice(2);
const authorization = `Bearer ${process.env.TOKEN}`;
const fetchFn = (target, init = {}) =>
  fetch(target, { ...init, headers: { ...init.headers, authorization } });

const failed = { MUST: 0, SHOULD: 0, MAY: 0 };
const audits = serverAudits({ url, fetchFn });
for (const { fn } of audits) {
  const { id, name, status, reason } = await fn();
  if (status === "ok") continue;
  failed[name.split(" ")[0]] += 1;
  console.log(`${status} ${id} ${name}: ${reason}`);
}
const { MUST, SHOULD, MAY } = failed;
console.log(
  `GraphQL over HTTP: ${audits.length - MUST - SHOULD - MAY} of ${audits.length} audits ok;` +
    ` not ok: ${MUST} MUST, ${SHOULD} SHOULD, ${MAY} MAY.`,
);
process.exit(MUST || SHOULD || audits.length < FEWEST ? 1 : 0);
