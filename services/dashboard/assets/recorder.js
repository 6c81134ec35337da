// The microphone: opened, heard and written down as WAV, or as Opus where there is no AudioWorklet.
(function () {
  "use strict";
  const LOUD = 32700, MOST_LOUD = 0.01; // so many samples at full scale are an overload; the API says the same
  const AUDIBLE = 330; // -40 dB: what never gets louder is a microphone that is muted or far away
  const CODECS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

  // What stands in the way, by the names of messages.
  function obstacle(error) {
    if (!window.isSecureContext) return "insecure";
    if (!navigator.mediaDevices?.getUserMedia) return "unsupported";
    switch (error?.name) {
      case "NotAllowedError":
      case "SecurityError":
        return "refused";
      case "NotFoundError":
      case "OverconstrainedError":
        return "missing";
      case "NotReadableError":
      case "AbortError":
        return "busy";
    }
    return error ? "broken" : null;
  }

  function wav(blocks, rate) {
    const count = blocks.reduce((sum, block) => sum + block.length, 0);
    const head = new DataView(new ArrayBuffer(44));
    const text = (at, letters) => [...letters].forEach((letter, n) => head.setUint8(at + n, letter.charCodeAt(0)));
    text(0, "RIFF");
    head.setUint32(4, 36 + 2 * count, true);
    text(8, "WAVEfmt ");
    head.setUint32(16, 16, true);
    head.setUint16(20, 1, true);
    head.setUint16(22, 1, true);
    head.setUint32(24, rate, true);
    head.setUint32(28, 2 * rate, true);
    head.setUint16(32, 2, true);
    head.setUint16(34, 16, true);
    text(36, "data");
    head.setUint32(40, 2 * count, true);
    return new Blob([head, ...blocks], { type: "audio/wav" });
  }

  // One recording: `start` it, `stop` gives {blob, name, seconds, silent, clipped}; `heard(peak)` is told how loud it is.
  class Recording {
    // Raises: an Error whose `obstacle` says what stands in the way.
    static async open() {
      let stream = null;
      try {
        if (obstacle()) throw new Error("no microphone can be asked for");
        const audio = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
        stream = await navigator.mediaDevices.getUserMedia({ audio });
        const made = new Recording(stream);
        await made.prepare();
        return made;
      } catch (error) {
        stream?.getTracks().forEach((track) => track.stop());
        error.obstacle = obstacle(error) ?? "broken";
        throw error;
      }
    }

    constructor(stream) {
      this.stream = stream;
      this.blocks = [];
      this.heard = () => {};
      this.begun = 0;
    }

    async prepare() {
      if (window.AudioContext && window.AudioWorkletNode) {
        const context = new AudioContext();
        try {
          await context.audioWorklet.addModule("/assets/recorder.worklet.js");
          this.context = context;
        } catch {
          await context.close();
        }
      }
      if (!this.context) this.codec = CODECS.find((name) => window.MediaRecorder?.isTypeSupported(name));
      if (!this.context && !this.codec) throw new Error("this browser cannot record");
    }

    get seconds() {
      return this.begun ? (performance.now() - this.begun) / 1000 : 0;
    }

    start() {
      this.begun = performance.now();
      if (this.context) {
        this.tap = new AudioWorkletNode(this.context, "tap", { numberOfOutputs: 1, channelCount: 1, channelCountMode: "explicit" });
        this.tap.port.onmessage = ({ data }) => this.take(data);
        this.context.createMediaStreamSource(this.stream).connect(this.tap).connect(this.context.destination);
        this.context.resume();
      } else {
        this.recorder = new MediaRecorder(this.stream, { mimeType: this.codec, audioBitsPerSecond: 96000 });
        this.recorder.ondataavailable = ({ data }) => data.size && this.blocks.push(data);
        this.recorder.start(250);
      }
    }

    take(block) {
      if (block === null) return this.flushed?.();
      this.blocks.push(block);
      let peak = 0;
      for (const sample of block) peak = Math.max(peak, Math.abs(sample));
      this.heard(peak / 32767);
    }

    async stop() {
      const seconds = this.seconds;
      if (!this.context) {
        const ended = new Promise((done) => (this.recorder.onstop = done));
        this.recorder.stop();
        await ended;
        this.close();
        const name = "take." + { webm: "webm", "mp4": "m4a", "ogg": "ogg" }[this.codec.match(/\/(\w+)/)[1]];
        return { blob: new Blob(this.blocks, { type: this.codec }), name, seconds, silent: false, clipped: false };
      }
      const flushed = new Promise((done) => (this.flushed = done));
      this.tap.port.postMessage("end");
      await Promise.race([flushed, diktor.pause(500)]);
      const rate = this.context.sampleRate;
      this.close();
      let peak = 0, loud = 0, count = 0;
      for (const block of this.blocks) {
        count += block.length;
        for (const sample of block) {
          const size = Math.abs(sample);
          if (size > peak) peak = size;
          if (size >= LOUD) loud += 1;
        }
      }
      return {
        blob: wav(this.blocks, rate),
        name: "take.wav",
        seconds: count / rate,
        silent: peak < AUDIBLE,
        clipped: loud > MOST_LOUD * count,
      };
    }

    close() {
      this.stream.getTracks().forEach((track) => track.stop());
      this.context?.close();
    }
  }

  window.diktor = Object.assign(window.diktor ?? {}, { Recording, obstacle });
})();
