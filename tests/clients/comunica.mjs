// Ask an endpoint through Comunica: node comunica.mjs ADDRESS QUERY, which writes JSON.
import { QueryEngine } from '@comunica/query-sparql';

const [address, query] = process.argv.slice(2);
const engine = new QueryEngine();
const result = await engine.query(query, { sources: [address] });
const { data } = await engine.resultToString(result, {
  bindings: 'application/sparql-results+json',
  boolean: 'application/sparql-results+json',
  quads: 'application/n-triples',
}[result.resultType]);
data.pipe(process.stdout);
