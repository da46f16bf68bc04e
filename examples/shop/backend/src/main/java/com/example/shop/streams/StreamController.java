package com.example.shop.streams;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** A server-sent stream that ticks once a second. A stop of the service ends it with a last event, at once. */
@RestController
class StreamController {

    private static final int LONGEST_SECONDS = 3600;

    private final CountDownLatch stopping = new CountDownLatch(1);

    @GetMapping("/backend/stream")
    ResponseEntity<StreamingResponseBody> stream(@RequestParam(defaultValue = "60") int seconds) {
        int ticks = Math.min(seconds, LONGEST_SECONDS);
        return ResponseEntity.ok()
                .contentType(MediaType.TEXT_EVENT_STREAM)
                .header("Cache-Control", "no-store")
                .header("X-Accel-Buffering", "no")
                .body(body -> tick(body, ticks));
    }

    /** Before the web server waits for requests in flight: it would wait for the streams, until its time is over. */
    @EventListener(ContextClosedEvent.class)
    void stop() {
        stopping.countDown();
    }

    private void tick(OutputStream body, int ticks) throws IOException {
        try {
            for (int tick = 1; tick <= ticks; tick++) {
                send(body, "tick", tick);
                if (stopping.await(1, TimeUnit.SECONDS)) {
                    send(body, "stopping", tick);
                    return;
                }
            }
            send(body, "end", ticks);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(OutputStream body, String event, int data) throws IOException {
        body.write("event: %s%ndata: %d%n%n".formatted(event, data).getBytes(StandardCharsets.UTF_8));
        body.flush();
    }
}
