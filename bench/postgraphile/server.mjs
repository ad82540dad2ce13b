// PostGraphile v5 over the hub's tables: amber preset, lists instead of connections, read only.
// PORT, DATABASE_URL and POOL_SIZE come from the environment.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { jsonPgSmartTags } from "postgraphile/utils";

const { PORT, DATABASE_URL, POOL_SIZE } = process.env;

// Relations that the hub's tables have without a foreign key.
const relations = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      "public.receipt": { tags: { foreignKey: "(programme) references programme (code)" } },
      "public.overlap_flag": { tags: { foreignKey: "(rule_code) references overlap_rule (code)" } },
    },
  },
});

const pgl = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [relations],
  schema: { defaultBehavior: "+list -connection -insert -update -delete" },
  grafserv: { graphqlPath: "/graphql", graphiql: false, watch: false },
  pgServices: [
    makePgService({
      connectionString: DATABASE_URL,
      schemas: ["public", "bench"],
      // Idle connections stay: a cold pool would be what is measured.
      poolConfig: { max: Number(POOL_SIZE), idleTimeoutMillis: 0 },
    }),
  ],
});

const server = createServer();
await pgl.createServ(grafserv).addTo(server);
server.listen(Number(PORT), "127.0.0.1");
