// The page that shows a tileset with CesiumJS: no globe, no sky, nothing but the tiles.

/* global Cesium */

window.show = async ({ tileset, view, sse, frames }) => {
  const widget = new Cesium.CesiumWidget('view', {
    globe: false,
    skyBox: false,
    skyAtmosphere: false,
    baseLayer: false,
    requestRenderMode: false,
    useDefaultRenderLoop: false,
    contextOptions: { webgl: { antialias: false } },
    msaaSamples: 1,
  });
  // The canvas takes the size that its style gives it; without both it stays at 300 by 150.
  widget.resize();
  const { scene } = widget;
  const vector = ([x, y, z]) => new Cesium.Cartesian3(x, y, z);
  const { width, height } = scene.canvas;
  // Cesium states the angle of the longer side.
  const fovY = view.fov_y_rad;
  scene.camera.frustum.fov = width > height ? 2 * Math.atan(Math.tan(fovY / 2) * (width / height)) : fovY;
  scene.camera.setView({
    destination: vector(view.eye),
    orientation: { direction: vector(view.direction), up: vector(view.up) },
  });
  const begun = performance.now();
  const tiles = await Cesium.Cesium3DTileset.fromUrl(tileset, {
    maximumScreenSpaceError: sse,
    dynamicScreenSpaceError: false,
    foveatedScreenSpaceError: false,
    skipLevelOfDetail: false,
    cacheBytes: 1 << 30,
  });
  scene.primitives.add(tiles);
  let quiet = 0;
  const until = performance.now() + 120_000;
  let shown = 0;
  while (quiet < 2 && performance.now() < until) {
    scene.initializeFrame();
    scene.render();
    quiet = tiles.tilesLoaded && tiles.statistics.selected > 0 ? quiet + 1 : 0;
    if (quiet === 1) {
      finish(scene);
      shown = performance.now() - begun;
    }
    await new Promise((next) => requestAnimationFrame(next));
  }
  const times = [];
  for (let frame = 0; frame < frames; frame += 1) {
    const start = performance.now();
    scene.initializeFrame();
    scene.render();
    finish(scene);
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return {
    shown_ms: shown,
    tiles: tiles.statistics.selected,
    frame_ms: times[times.length >> 1],
    canvas: [scene.canvas.width, scene.canvas.height],
    complete: quiet >= 2,
  };
};

// Waits until the picture is really there.
function finish(scene) {
  const gl = scene.context._gl;
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
}

window.isReady = true;
