package com.example.shop.streams;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.task.AsyncTaskExecutor;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** A server-sent stream that ticks once a second. A stop of the service ends it with a last event, at once. */
@RestController
class StreamController {

    private static final int LONGEST_SECONDS = 3600;
    private static final long NO_TIMEOUT = 0;

    private final AsyncTaskExecutor tasks;
    private final CountDownLatch stopping = new CountDownLatch(1);

    StreamController(@Qualifier("applicationTaskExecutor") AsyncTaskExecutor tasks) {
        this.tasks = tasks;
    }

    @GetMapping("/backend/stream")
    SseEmitter stream(@RequestParam(defaultValue = "60") int seconds, HttpServletResponse response) {
        response.setHeader("Cache-Control", "no-store");
        response.setHeader("X-Accel-Buffering", "no"); // NGINX passes each event on as it comes
        var stream = new SseEmitter(NO_TIMEOUT);
        tasks.execute(() -> tick(stream, Math.min(seconds, LONGEST_SECONDS)));
        return stream;
    }

    /** Before the web server waits for requests in flight: it would wait for the streams, until its time is over. */
    @EventListener(ContextClosedEvent.class)
    void stop() {
        stopping.countDown();
    }

    private void tick(SseEmitter stream, int ticks) {
        try {
            for (int tick = 1; tick <= ticks; tick++) {
                send(stream, "tick", tick);
                if (stopping.await(1, TimeUnit.SECONDS)) {
                    send(stream, "stopping", tick);
                    stream.complete();
                    return;
                }
            }
            send(stream, "end", ticks);
            stream.complete();
        } catch (IOException clientLeft) {
            // The container reports it to the emitter, which ends itself.
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void send(SseEmitter stream, String event, int data) throws IOException {
        stream.send(SseEmitter.event().name(event).data(data));
    }
}
