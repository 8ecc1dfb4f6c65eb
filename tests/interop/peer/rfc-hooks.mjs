// Places where ts-mls 1.6.4 leaves RFC 9420, set right while its modules load.
//
// Nothing else of the library is touched. Each change names its section and is a replacement of one
// line that must match exactly once: a new version of the library that fixes or moves one of them
// stops the peer with a sentence instead of silently testing something else.

const CHANGES = {
  "createCommit.js": [
    {
      // 12.4.1: the path is sealed under the provisional GroupContext, new extensions included
      // (the library's own receiving side does so).
      from: "createUpdatePath(res.tree, toLeafIndex(state.privatePath.leafIndex), state.groupContext, state.signaturePrivateKey",
      to: "createUpdatePath(res.tree, toLeafIndex(state.privatePath.leafIndex), res.additionalResult.extensions?.length > 0 ? { ...state.groupContext, extensions: res.additionalResult.extensions } : state.groupContext, state.signaturePrivateKey",
    },
  ],
  "clientState.js": [
    {
      // 17.4: GroupContextExtensions needs a path.
      from: "const needsUpdatePath = allProposals.length === 0 ||",
      to: "const needsUpdatePath = allProposals.length === 0 || grouped.group_context_extensions.length > 0 ||",
    },
    {
      // 12.4.2: a member is removed by a Remove of its leaf, also where an Add of the same Commit
      // takes that leaf at once.
      from: "const selfRemoved = mutatedTree[leafToNodeIndex(toLeafIndex(state.privatePath.leafIndex))] === undefined;",
      to: "const selfRemoved = grouped.remove.some((r) => r.proposal.remove.removed === state.privatePath.leafIndex);",
    },
    {
      // 7.9.2 / 12.4.3.1: the nodes between the leaf and this parent must list the leaf; the lists
      // need not be equal, and nodes above this one need not list it.
      from: "if (!arraysEqual(dpNode.parent.unmergedLeaves, n.parent.unmergedLeaves))",
      to: "if (dp.indexOf(parentIdx) < dp.indexOf(toNodeIndex(i)) && !dpNode.parent.unmergedLeaves.includes(unmergedLeaf))",
    },
  ],
  "pathSecrets.js": [
    {
      // 7.4: commit_secret is one step past the last node of the *filtered* direct path; the root
      // itself is filtered out when one half of the tree is empty.
      from: "export async function getCommitSecret(tree, nodeIndex, pathSecret, kdf) {\n    const rootIndex = root(leafWidth(tree.length));",
      to: "export function lastNode(tree, nodeIndex) {\n    for (let at = nodeIndex; ; ) {\n        const next = at === root(leafWidth(tree.length)) ? at : findFirstNonBlankAncestor(tree, at);\n        if (next === at || tree[next] === undefined) return at;\n        at = next;\n    }\n}\nexport async function getCommitSecret(tree, nodeIndex, pathSecret, kdf) {\n    const rootIndex = lastNode(tree, nodeIndex);",
    },
    {
      from: "export async function pathToRoot(tree, nodeIndex, pathSecret, kdf) {\n    const rootIndex = root(leafWidth(tree.length));",
      to: "export async function pathToRoot(tree, nodeIndex, pathSecret, kdf) {\n    const rootIndex = lastNode(tree, nodeIndex);",
    },
  ],
  "processMessages.js": [
    {
      from: 'import { pathToRoot } from "./pathSecrets.js";',
      to: 'import { lastNode, pathToRoot } from "./pathSecrets.js";',
    },
    {
      from: "const rootIndex = root(leafWidth(tree.length));",
      to: "const rootIndex = lastNode(tree, toNodeIndex(secret.nodeIndex));",
    },
  ],
};

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const file = /\/ts-mls\/dist\/src\/([^/]+\.js)$/.exec(url)?.[1];
  if (file === undefined || !(file in CHANGES)) return loaded;
  let source = String(loaded.source);
  for (const { from, to } of CHANGES[file]) {
    if (source.split(from).length !== 2) throw new Error(`ts-mls ${file} changed: look at rfc-hooks.mjs again`);
    source = source.replace(from, () => to);
  }
  return { ...loaded, source };
}
