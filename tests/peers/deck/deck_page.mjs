// The page that shows points with deck.gl: a ScatterplotLayer whose attributes are binary, as its guide to performance advises.

/* global deckCore, deckLayers */

const { Deck, OrbitView, COORDINATE_SYSTEM } = deckCore;
const { ScatterplotLayer } = deckLayers;

// Fetches a file of the task as an array of numbers.
async function numbers(url, Numbers) {
  const answer = await fetch(url);
  if (!answer.ok) {
    throw new Error(`${url}: ${answer.status}`);
  }
  return new Numbers(await answer.arrayBuffer());
}

window.measure = async ({ base, view, frames, updates, radius_px }) => {
  const [places, colours, rows, fresh] = await Promise.all([
    numbers(`${base}/places.f32`, Float32Array),
    numbers(`${base}/colours.u8`, Uint8Array),
    numbers(`${base}/rows.u32`, Uint32Array),
    numbers(`${base}/fresh.u8`, Uint8Array),
  ]);
  const length = places.length / 3;
  const { innerWidth: width, innerHeight: height } = window;
  // One metre at the target covers 2^zoom px, as it does in the twin's camera.
  const focal_px = (height * 0.5) / Math.tan(view.fov_y_rad * 0.5);
  const degrees = (radians) => (radians * 180) / Math.PI;
  const looking = (target) => ({
    target,
    zoom: Math.log2(focal_px / view.distance_m),
    rotationX: degrees(view.pitch_rad),
    rotationOrbit: degrees(view.heading_rad),
  });
  const layer = (fill) =>
    new ScatterplotLayer({
      id: 'things',
      coordinateSystem: COORDINATE_SYSTEM.CARTESIAN,
      data: { length, attributes: { getPosition: { value: places, size: 3 }, getFillColor: { value: fill, size: 4 } } },
      radiusUnits: 'pixels',
      getRadius: radius_px,
      stroked: false,
      pickable: false,
    });

  let drawn = null;
  let gl = null;
  const deck = new Deck({
    parent: document.getElementById('view'),
    width,
    height,
    useDevicePixels: false,
    deviceProps: { type: 'webgl', webgl: { antialias: false } },
    views: new OrbitView({ orbitAxis: 'Z', fovy: degrees(view.fov_y_rad) }),
    controller: false,
    viewState: looking(view.target),
    layers: [],
    onAfterRender: (context) => {
      gl = context.gl ?? context.device?.gl;
      // Waits until the picture is really there.
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
      drawn?.();
    },
    onError: (error) => {
      throw error;
    },
  });
  // Milliseconds from new properties to the picture that shows them.
  const show = async (properties) => {
    const next = new Promise((done) => {
      drawn = done;
    });
    const begun = performance.now();
    deck.setProps(properties);
    await next;
    return performance.now() - begun;
  };

  const first_ms = await show({ layers: [layer(colours)] });
  // The first pictures of a layer compile and upload.
  await show({ viewState: looking(view.target) });

  const until = performance.now() + 60_000;
  const pans = [];
  for (let frame = 0; frame < frames && performance.now() < until; frame += 1) {
    const turn = (frame / frames) * 2 * Math.PI;
    const [east, north, up] = view.target;
    const target = [east + view.pan_m * Math.sin(turn), north + view.pan_m * Math.cos(turn), up];
    pans.push(await show({ viewState: looking(target) }));
  }

  const shown = [];
  let filled = colours;
  for (let turn = 0; turn < updates && performance.now() < until + 60_000; turn += 1) {
    // deck.gl takes an attribute as changed when its array is another one.
    const begun = performance.now();
    filled = filled.slice();
    for (let n = 0; n < rows.length; n += 1) {
      const from = turn % 2 === 0 ? fresh : colours;
      const at = (turn % 2 === 0 ? n : rows[n]) * 4;
      filled.set(from.subarray(at, at + 4), rows[n] * 4);
    }
    const prepared_ms = performance.now() - begun;
    shown.push(prepared_ms + (await show({ layers: [layer(filled)] })));
  }
  const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? null;
  const canvas = document.querySelector('#view canvas');
  return {
    points: length,
    first_ms,
    pan_ms: median(pans),
    pan_frames: pans.length,
    pan_frames_per_s: (1000 * pans.length) / pans.reduce((sum, ms) => sum + ms, 0),
    update_ms: median(shown),
    updates: shown.length,
    changed: rows.length,
    canvas: [canvas.width, canvas.height],
    renderer: gl.getParameter(gl.RENDERER),
  };
};

window.isReady = true;
