// Hands what the microphone hears to the page: 16-bit samples of one channel, some 40 ms at once.
class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Int16Array(2048);
    this.filled = 0;
    this.ended = false;
    this.port.onmessage = () => {
      this.hand();
      this.port.postMessage(null);
      this.ended = true;
    };
  }

  hand() {
    if (this.filled) this.port.postMessage(this.block.slice(0, this.filled));
    this.filled = 0;
  }

  process([input]) {
    for (const sample of input[0] ?? []) {
      this.block[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.filled === this.block.length) this.hand();
    }
    return !this.ended;
  }
}

registerProcessor("tap", Tap);
