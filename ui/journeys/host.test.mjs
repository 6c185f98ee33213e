// The UI inside a host: commands and channels as Tauri carries them, and the holes that the picture gets.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serveUi } from './page.mjs';

const NOW = Date.UTC(2026, 10, 21, 6, 3, 27);

const start = {
  city_zh: '上海市',
  city_en: 'Shanghai',
  mode: 'desk',
  language: 'zh-CN',
  hub_url: 'http://127.0.0.1:8090',
  views: [{ name: 'overview', title_zh: '全城', title_en: 'City' }],
  layers: [{ name: 'buildings', on: true, count: 1450 }],
  origin: [121.5, 31.24],
  is_synthetic: false,
  look: null,
  budget_mib: 1024,
  operator: '李敏',
  attribution: '© OpenStreetMap contributors',
  history_from: NOW - 86_400_000,
  twin: true,
};

const alarm = {
  id: 'a1',
  thing_id: '7',
  name: '滨江大道井盖 3',
  sensor_kind: 'manhole',
  severity: 'critical',
  value: 31,
  limit: 30,
  unit: '°',
  since: NOW - 12_000,
  active: true,
  acknowledged_by: null,
  freshness: 'fresh',
};

/** The same alarm as the alarm desk has it. */
const deskAlarm = {
  id: alarm.id,
  target: { kind: 'thing', id: alarm.thing_id },
  name: alarm.name,
  sensor_kind: alarm.sensor_kind,
  rule: '',
  severity: alarm.severity,
  state: 'unacknowledged',
  value: alarm.value,
  limit: alarm.limit,
  unit: alarm.unit,
  since: alarm.since,
  cleared_at: null,
  acknowledged_by: null,
  shelved_until: null,
  area: '',
  consequences: 0,
  cause: null,
  groups: [],
  is_chattering: false,
  is_stale: false,
  is_blinking: true,
  freshness: 'fresh',
  standing: 'actual',
  comments: 0,
};

const update = {
  now: NOW,
  shown: NOW,
  clock: { mode: 'live' },
  connection: { state: 'live' },
  newest: NOW,
  alarms: [alarm],
  alarm_counts: [1, 0, 0, 0],
  events: [],
  figures: [],
  things: 1,
  things_late: 0,
  observations_per_second: 1,
  city: 1,
  memory: { used_mib: 40, budget_mib: 1024, is_short: false },
  queued: 0,
  problems: [],
  tiles: [3, 3],
  knowledge: 'then',
  learnt_later: 0,
  live_alarms: { counts: [1, 0, 0, 0], newest: alarm },
  history: {
    from: NOW - 86_400_000,
    days: 1,
    bytes: 4096,
    keep_days: 30,
    keep_bytes: 1_073_741_824,
    damaged: [],
    memory_only: false,
    waiting: 0,
    reason: '',
  },
  task: null,
  sources: { total: 0, good: 0, late: 0, silent: 0, skewed: 0, failing: 0, off: 0, worst: 'good' },
  outbox: { waiting: 0, refused: 0, conflicts: 0, oldest_waiting: null },
  presence: [],
  shared: [],
  exercise: null,
  layers_revision: 1,
  alarm_board: {
    revision: 1,
    in_ten_minutes: 1,
    flood_since: null,
    lines: [],
    hidden: { shelved: 0, consequences: 0, suppressed: 0, out_of_service: 0 },
    groups_on: 0,
    audible: 'critical',
    is_silenced: false,
  },
  event_board: {
    revision: 1,
    open: 0,
    unassigned: 0,
    yellow: 0,
    red: 0,
    escalated: 0,
    newest_id: '',
    by_step: [0, 0, 0, 0, 0, 0],
    role: 'duty_officer',
    party: null,
    party_name: '',
  },
  video: {
    catalogue_revision: 1,
    desk_revision: 1,
    views_revision: 1,
    moments_revision: 1,
    channels: 0,
    online: 0,
    views: 0,
    max_views: 16,
    moments: 0,
    obstacles: { kind: 'none' },
    has_helper: false,
  },
};

/** Puts a host into the page that answers `start`, refuses `card` and `alarm`, and keeps every command. */
async function withHost(page) {
  await page.addInitScript(
    ([startDto, updateDto, alarmDto]) => {
      const callbacks = new Map();
      const host = { calls: [], send: undefined, tell: undefined };
      const sender = (channel) => {
        let index = 0;
        const id = Number(String(channel.toJSON?.() ?? channel).split(':')[1]);
        return (message) => callbacks.get(id)({ index: index++, message });
      };
      window.host = host;
      window.__TAURI_INTERNALS__ = {
        transformCallback(callback) {
          callbacks.set(callbacks.size + 1, callback);
          return callbacks.size;
        },
        unregisterCallback() {},
        invoke(name, args) {
          host.calls.push([name, JSON.parse(JSON.stringify(args ?? {}))]);
          if (name === 'watch_desk') {
            host.send = sender(args.channel);
            setTimeout(() => host.send(updateDto), 20);
          } else if (name === 'watch_twin') {
            host.tell = sender(args.channel);
          } else if (name === 'card') {
            return Promise.reject({ code: 'not_found', message: 'thing 7' });
          } else if (name === 'timeline') {
            return Promise.resolve({
              from: args.from,
              to: args.to,
              alarms: [[0, 0, 0, 0]],
              observations: [1],
              events: [],
              gaps: [],
              known_gaps: [],
              actions: [],
              moments: [],
            });
          }
          if (name === 'alarm') {
            return Promise.reject({ code: 'not_found', message: 'a1' });
          }
          if (name === 'alarms') {
            const { offset, count } = args.query;
            const rows = [alarmDto].slice(offset, offset + count);
            return Promise.resolve({ revision: 1, total: 1, by_severity: [1, 0, 0, 0], offset, rows });
          }
          if (name === 'act_on_alarms') {
            return Promise.resolve({ done: 1, refused: [], refused_count: 0, undo: null, ids: ['a1'] });
          }
          if (name === 'save_moment') {
            const { title, time, view } = args;
            return Promise.resolve({ id: 'm1', time, title, author: '', view, thumbnail: null });
          }
          if (name === 'export_series') {
            return Promise.resolve({ path: 'exports/city.csv', rows: 1 });
          }
          if (name === 'layers') {
            return Promise.resolve({ revision: 1, rows: [], by_kind: [], by_system: [], sets: [], density: 'normal' });
          }
          if (name === 'cases') {
            const counts = { by_step: [0, 0, 0, 0, 0, 0], by_light: [0, 0, 0, 0, 0], by_level: [0, 0, 0, 0] };
            return Promise.resolve({ revision: 1, total: 0, ...counts, offset: 0, rows: [], is_past: false });
          }
          if (name === 'case_tables') {
            const lists = { categories: [], roles: [], parties: [], levels: [], sources: [], problems: [] };
            return Promise.resolve({ ...lists, most_attachment_bytes: 1024 });
          }
          const lists = [
            'search',
            'fold_texts',
            'bookmarks',
            'compare_choices',
            'attributes',
            'trends',
            'series_choices',
            'moments',
            'recordings',
            'branches',
            'filter_fields',
            'alarm_rules',
            'alarm_views',
            'case_views',
          ];
          if (name === 'minimap') {
            return Promise.resolve({ bounds: [0, 0, 0, 0], width: 0, height: 0, cells: '' });
          }
          return Promise.resolve(name === 'start' ? startDto : lists.includes(name) ? [] : null);
        },
      };
    },
    [start, update, deskAlarm],
  );
}

const calls = (page, name) =>
  page.evaluate((wanted) => window.host.calls.filter(([called]) => called === wanted).map(([, args]) => args), name);

let ui;
before(async () => {
  ui = await serveUi();
});
after(async () => {
  await ui?.close();
});

test('the desk opens over a host and says when it has painted', async () => {
  const page = await ui.open('', undefined, withHost);
  await page.getByRole('heading', { name: '上海市' }).waitFor();
  assert.equal(await page.getByRole('row').first().locator('.row-what').innerText(), '滨江大道井盖 3');
  assert.equal((await calls(page, 'ui_ready')).length, 1);
  assert.equal((await calls(page, 'start')).length, 1);
  await page.close();
});

test('commands carry the arguments that the host expects', async () => {
  const page = await ui.open('', undefined, withHost);
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  await page.keyboard.press('Enter');
  await page.keyboard.press('n');
  await page.keyboard.press('Space');
  await page.waitForTimeout(300);
  assert.deepEqual(await calls(page, 'act_on_alarms'), [
    { pick: { of: 'ids', ids: ['a1'] }, act: { act: 'acknowledge', comment: '' } },
  ]);
  const [asked] = await calls(page, 'alarms');
  assert.deepEqual(
    [asked.query.states, asked.query.cause, asked.query.order, asked.query.offset],
    [[], null, 'worst', 0],
  );
  assert.deepEqual(await calls(page, 'fly_to'), [{ target: { kind: 'thing', id: '7' } }]);
  assert.deepEqual((await calls(page, 'select_target'))[0], { target: { kind: 'thing', id: '7' } });
  assert.deepEqual(await calls(page, 'gesture'), [{ gestures: [{ kind: 'north' }] }]);
  const [clock] = await calls(page, 'set_clock');
  assert.equal(clock.clock.mode, 'at');
  assert.ok(Number.isInteger(clock.clock.time));
  const [span] = await calls(page, 'timeline');
  assert.ok(Number.isInteger(span.from) && Number.isInteger(span.to) && Number.isInteger(span.bins));
  await page.getByText('这个对象已经没有了').waitFor();
  await page.close();
});

test('history is asked for with whole milliseconds and the names that the host knows', async () => {
  const page = await ui.open('', undefined, withHost);
  await page.keyboard.press(',');
  await page.keyboard.press('Shift+Comma');
  await page.keyboard.press('Shift+K');
  await page.keyboard.press('Shift+M');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(900);
  assert.deepEqual(await calls(page, 'step_to'), [
    { kind: 'event', forward: false },
    { kind: 'alarm', forward: false },
  ]);
  assert.deepEqual(await calls(page, 'set_knowledge'), [{ knowledge: 'now' }]);
  const [moment] = await calls(page, 'save_moment');
  assert.ok(Number.isInteger(moment.time) && moment.title !== '' && moment.view === null);
  const track = await page.locator('.track').boundingBox();
  await page.keyboard.down('Shift');
  await page.mouse.move(track.x + track.width * 0.4, track.y + 60);
  await page.mouse.down();
  await page.mouse.move(track.x + track.width * 0.5, track.y + 60, { steps: 4 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await page.getByRole('region', { name: '所选时段' }).getByRole('button', { name: 'CSV' }).click();
  await page.waitForTimeout(200);
  const [exported] = await calls(page, 'export_series');
  assert.ok(Number.isInteger(exported.from) && Number.isInteger(exported.to));
  assert.deepEqual([exported.ids, exported.format], [[], 'csv']);
  await page.close();
});

test('a pick in the picture arrives as a selection', async () => {
  const page = await ui.open('', undefined, withHost);
  await page.evaluate(() => window.host.tell({ kind: 'picked', target: { kind: 'feature', id: 'w5' } }));
  await page.waitForTimeout(200);
  assert.deepEqual((await calls(page, 'card'))[0], { target: { kind: 'feature', id: 'w5' } });
  await page.close();
});

test('what a hand draws around things arrives as whole gestures, and its outline gets holes while it is drawn', async () => {
  const page = await ui.open('', undefined, withHost);
  const area = await page.locator('.picture').boundingBox();
  const [x, y] = [Math.round(area.x + area.width * 0.45), Math.round(area.y + area.height * 0.35)];
  const before = (await holes(page)).length;
  await page.keyboard.down('Shift');
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 120, y + 80, { steps: 4 });
  await page.waitForTimeout(150);
  assert.equal((await holes(page)).length, before + 4);
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await page.mouse.click(x, y, { button: 'right' });
  await page.waitForTimeout(200);
  assert.equal((await holes(page)).length, before);
  const gestures = (await calls(page, 'gesture')).flatMap((one) => one.gestures);
  const box = gestures.find((one) => one.kind === 'select_box');
  assert.deepEqual(box, {
    kind: 'select_box',
    from: [x - area.x, y - area.y],
    to: [x - area.x + 120, y - area.y + 80],
    add: false,
  });
  assert.deepEqual(
    gestures.find((one) => one.kind === 'here'),
    { kind: 'here', at: [x - area.x, y - area.y] },
  );
  await page.close();
});

test('the picture is measured only while somebody looks', async () => {
  const page = await ui.open('', undefined, withHost);
  await page.keyboard.press('F3');
  await page.getByRole('region', { name: '图层、选择与性能' }).waitFor();
  await page.keyboard.press('F3');
  await page.waitForTimeout(100);
  assert.deepEqual(await calls(page, 'watch_performance'), [{ on: true }, { on: false }]);
  await page.close();
});

/** Where the last report says the holes are, in page coordinates. */
async function holes(page) {
  const reports = await calls(page, 'set_viewport');
  const { viewport } = reports.at(-1);
  return viewport.cards.map(([x, y, width, height]) => ({ x: viewport.x + x, y: viewport.y + y, width, height }));
}

/** Where a box begins and ends along an axis, as far as it lies over the picture. */
function over(box, area, [from, size]) {
  return [Math.max(box[from], area[from]), Math.min(box[from] + box[size], area[from] + area[size])];
}

async function checkHole(page, selector) {
  await page.waitForTimeout(120);
  const area = await page.locator('.picture').boundingBox();
  const box = await page.locator(selector).first().boundingBox();
  const found = (await holes(page)).some((hole) =>
    [
      ['x', 'width'],
      ['y', 'height'],
    ].every(([from, size]) => {
      const [begins, ends] = over(box, area, [from, size]);
      return begins < ends && hole[from] <= begins && hole[from] + hole[size] >= ends;
    }),
  );
  assert.ok(found, `${selector} has no hole in the picture`);
}

test('the picture is where its element is, and everything on it gets a hole', async () => {
  const page = await ui.open('', undefined, withHost);
  const area = await page.locator('.picture').boundingBox();
  const { viewport } = (await calls(page, 'set_viewport')).at(-1);
  assert.deepEqual(
    [viewport.x, viewport.y, viewport.width, viewport.height],
    [area.x, area.y, area.width, area.height],
  );
  for (const float of ['.views', '.layers', '.legend', '.north']) {
    await checkHole(page, float);
  }
  await page.keyboard.press('?');
  await checkHole(page, '.help');
  await page.keyboard.press('Escape');
  await page.evaluate(() =>
    window.host.tell({ kind: 'hovering', name: '东方明珠', at: [300, 300], hover: null, fields: [] }),
  );
  await checkHole(page, '.hover-card');
  await page.close();
});

test('a hole closes with its card, and nothing is reported while nothing moves', async () => {
  const page = await ui.open('', undefined, withHost);
  const before = (await holes(page)).length;
  await page.keyboard.press('?');
  await page.waitForTimeout(120);
  assert.equal((await holes(page)).length, before + 1);
  await page.keyboard.press('Escape');
  await page.waitForTimeout(120);
  assert.equal((await holes(page)).length, before);
  const reports = (await calls(page, 'set_viewport')).length;
  await page.waitForTimeout(1500);
  assert.equal((await calls(page, 'set_viewport')).length, reports);
  await page.close();
});

test('a resized window reports the new place', async () => {
  const page = await ui.open('', undefined, withHost);
  await page.setViewportSize({ width: 1366, height: 768 });
  await page.waitForTimeout(200);
  const area = await page.locator('.picture').boundingBox();
  const { viewport } = (await calls(page, 'set_viewport')).at(-1);
  assert.deepEqual([viewport.x, viewport.width, viewport.height], [area.x, area.width, area.height]);
  await page.close();
});

test('a twin that fails says so in words and the desk goes on', async () => {
  const page = await ui.open('', undefined, withHost);
  await page.evaluate(() => window.host.tell({ kind: 'failed', reason: 'no Vulkan device' }));
  await page.getByText('三维图画不出来').waitFor();
  await page.getByText('no Vulkan device').waitFor();
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
