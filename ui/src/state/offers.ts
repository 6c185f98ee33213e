// Everything that the palette offers beside what the city has: views, bookmarks, marked moments, layers, panels, actions.

import { ACTION_IDS, ACTIONS } from './actions';
import type { Layers } from './layers';
import { type Own, own } from './palette';
import { type Hands, runs } from './run_actions';
import { either, everyText, everyWord } from './texts';
import { moment } from './time';
import { TOOL_KEYS } from './tool_keys';
import { PANELS } from './tools';

/** All offers, in no particular order. Reads what it lists: call it inside a memo. */
export function offers(hands: Hands, layers: Layers): Own[] {
  return [
    ...views(hands),
    ...bookmarks(hands),
    ...moments(hands),
    ...switches(layers),
    ...panels(hands),
    ...acts(hands),
  ];
}

function views({ desk }: Hands): Own[] {
  return desk.start.views.map((view) => {
    const title = either({ zh: view.title_zh, en: view.title_en });
    const also = [view.title_zh, view.title_en].filter((text) => text !== '' && text !== title);
    return own('view', view.name, title, () => desk.goToView(view.name), { also });
  });
}

function bookmarks({ desk, tools }: Hands): Own[] {
  return (tools.bookmarks() ?? []).map((one) =>
    own('bookmark', one.id, one.title, () => desk.attempt(desk.backend.goToPlace(one.view)), {
      hint: one.note,
      also: one.note === '' ? [] : [one.note],
    }),
  );
}

function moments({ history }: Hands): Own[] {
  return history
    .moments()
    .map((one) => own('moment', one.id, one.title, () => history.goTo(one), { hint: moment(one.time).slice(0, 11) }));
}

function switches(layers: Layers): Own[] {
  return layers.list.rows.map((row) =>
    own('layer', row.id, row.name, () => layers.change({ do: 'show', id: row.id, on: !row.shown }), {
      hint: row.path.join(' / '),
      on: row.shown,
    }),
  );
}

function panels({ tools }: Hands): Own[] {
  return PANELS.map((name) => {
    const [title = name, ...also] = everyWord('tool', name);
    const open = () => {
      if (tools.panel() !== name) {
        tools.toggle(name);
      }
    };
    return own('panel', `tool.${name}`, title, open, { keys: [TOOL_KEYS[name]], also });
  });
}

function acts(hands: Hands): Own[] {
  const run = runs(hands);
  return ACTION_IDS.flatMap((id) => {
    const { text, keys, opens } = ACTIONS[id];
    const [title = id, ...also] = everyText(text);
    const hand = run[id];
    return hand === undefined ? [] : [own(opens ? 'panel' : 'action', id, title, hand, { keys, also })];
  });
}
