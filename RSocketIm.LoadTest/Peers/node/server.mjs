// The peer on rsocket-js: an echo, and one topic without any log. Its subscribers' credit is kept as a Reactive Streams publisher has to: what it does not cover waits in memory.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { RSocketServer } = require('rsocket-core');
const { WebsocketServerTransport } = require('rsocket-websocket-server');
const { WebSocketServer } = require('ws');

const welcome = Buffer.from('w');
const subscribers = new Set();

class Subscriber {
  constructor(responder, credit) {
    this.responder = responder;
    this.credit = credit;
    this.waiting = [];
  }

  send(data) {
    if (this.credit > 0) {
      this.credit--;
      this.responder.onNext({ data }, false);
    } else {
      this.waiting.push(data);
    }
  }

  request(n) {
    this.credit += n;
    const ready = this.waiting.splice(0, this.credit);
    for (const data of ready) {
      this.send(data);
    }
  }

  cancel() {
    subscribers.delete(this);
  }

  onExtension() {}
}

const nothing = { cancel() {}, onExtension() {}, request() {} };

// Composite metadata of one routing entry: a byte of type, three of length, a byte of the route's length.
const routeOf = (payload) => payload.metadata.toString('latin1', 5);

const responder = {
  requestResponse(payload, stream) {
    if (routeOf(payload) === 'publish') {
      for (const subscriber of subscribers) {
        subscriber.send(payload.data);
      }
      stream.onNext({ data: welcome }, true);
    } else {
      stream.onNext({ data: payload.data }, true);
    }
    return nothing;
  },
  requestStream(payload, credit, stream) {
    const subscriber = new Subscriber(stream, credit);
    subscribers.add(subscriber);
    subscriber.send(welcome);
    return subscriber;
  },
};

const transport = new WebsocketServerTransport({
  wsCreator: () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('listening', () => console.log(`peer ready: ws://127.0.0.1:${server.address().port}/`));
    return server;
  },
});
// A load's connections go without a word; their streams then end with errors that concern nobody.
process.on('uncaughtException', (error) => console.error(error.message));
process.stdin.on('end', () => process.exit(0)).resume();
await new RSocketServer({
  transport,
  acceptor: {
    accept: async () => responder,
  },
}).bind();
