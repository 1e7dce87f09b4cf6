// Custom resources against the schemas of their operators: a JSON list on standard input, a JSON list of faults on standard output.
//
// A schema lets through a field that it does not know, and a cluster drops it without a word. So each value is once put in the
// place of something that no schema allows: where nobody minds that, the field is nobody's.
import { readFileSync } from "node:fs";

const PACKAGES = {
  "external-secrets.io": "external-secrets",
  "keda.sh": "keda",
  "kafka.strimzi.io": "strimzi-kafka-operator",
  "monitoring.coreos.com": "prometheus-operator",
};
// Whatever is said there is for somebody else to read.
const FREE = [/^\/spec\/kafka\/config\//, /^\/spec\/config\//, /^\/spec\/jvmOptions/, /\/resources\//, /^\/apiVersion$/, /^\/kind$/];
const NOTHING = () => {};

async function model({ apiVersion, kind }) {
  const [group, version] = apiVersion.split("/");
  const found = await import(`@kubernetes-models/${PACKAGES[group]}/${group}/${version}`);
  return found[kind];
}

function faultOf(Model, resource) {
  try {
    new Model(resource).validate();
  } catch (fault) {
    return fault.message;
  }
}

function* unknown(Model, resource, node, path) {
  for (const key of Object.keys(node)) {
    const [place, value] = [`${path}/${key}`, node[key]];
    if (FREE.some((free) => free.test(place)) || place.startsWith("/metadata")) continue;
    node[key] = NOTHING;
    const minded = faultOf(Model, resource) !== undefined;
    node[key] = value;
    if (!minded) yield `${place} is no field of ${resource.kind}`;
    else if (value !== null && typeof value === "object") yield* unknown(Model, resource, value, place);
  }
}

const faults = [];
for (const resource of JSON.parse(readFileSync(0, "utf8"))) {
  const Model = await model(resource);
  const name = `${resource.kind} ${resource.metadata.name}`;
  const fault = Model ? faultOf(Model, resource) : `no ${resource.kind} in ${resource.apiVersion}`;
  if (fault !== undefined) faults.push(`${name}: ${fault}`);
  else for (const each of unknown(Model, resource, resource, "")) faults.push(`${name}: ${each}`);
}
console.log(JSON.stringify(faults));
