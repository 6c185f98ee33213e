// Scans a page for what keeps people out: names, roles, contrast and keys, by WCAG 2.2 AA.

import axe from 'axe-core';

/** What is asked of every screen. */
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * What is wrong on `page`, one line a finding; empty when nothing is. The picture is left out: it is drawn, and what it
 * shows stands in the lists and the card too.
 */
export async function faultsOf(page) {
  // Through the debugger, not as a script of the page: its content security policy allows none from elsewhere.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (tags) =>
      window.axe.run(
        { exclude: [['canvas'], ['.u-over']] },
        { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] },
      ),
    TAGS,
  );
  return violations.flatMap((violation) =>
    violation.nodes.map(
      (node) => `${violation.id}: ${node.target.join(' ')} ${node.failureSummary?.split('\n').at(1)?.trim() ?? ''}`,
    ),
  );
}
