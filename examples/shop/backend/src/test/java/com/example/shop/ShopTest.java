package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/** The whole service over HTTP: a database in memory with the real migrations, and no Redis at its port. */
class ShopTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static ConfigurableApplicationContext shop;

    @BeforeAll
    static void start() {
        shop = start("shop");
    }

    @AfterAll
    static void stop() {
        shop.close();
    }

    @Test
    void theProductsComeFromTheDatabaseWhileRedisIsAway() throws Exception {
        var answer = get("/backend/products");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"name\":\"Hanji notebook\",\"priceWon\":9800");
    }

    @Test
    void everyAnswerSaysWhoGaveItErrorsToo() throws Exception {
        for (String path : new String[] {"/backend/products", "/actuator/health/readiness", "/backend/none"}) {
            var headers = get(path).headers();
            assertThat(headers.firstValue("X-Release")).as(path).hasValue("abc12345");
            assertThat(headers.firstValue("X-Slot")).as(path).hasValue("canary");
        }
    }

    @Test
    void anOrderIsKept() throws Exception {
        var created = post("/backend/orders", """
                {"customer": "Kim", "productId": 2, "quantity": 3, "giftMessage": "생일 축하"}""");
        assertThat(created.statusCode()).isEqualTo(201);
        assertThat(get("/backend/orders?customer=Kim").body()).isEqualTo("[" + created.body() + "]");
        assertThat(created.body()).contains("\"giftMessage\":\"생일 축하\"");
    }

    @Test
    void anOrderThatCannotBeIsRefused() throws Exception {
        assertThat(post("/backend/orders", "{\"customer\": \"Lee\", \"productId\": 99, \"quantity\": 1}").statusCode())
                .isEqualTo(404);
        assertThat(post("/backend/orders", "{\"customer\": \"Lee\", \"productId\": 1, \"quantity\": 0}").statusCode())
                .isEqualTo(400);
        assertThat(get("/backend/orders?customer=Lee").body()).isEqualTo("[]");
        assertThat(get("/backend/orders/4711").statusCode()).isEqualTo(404);
    }

    @Test
    void anUploadArrivesWhole() throws Exception {
        byte[] file = new byte[20_000_000];
        new Random(1).nextBytes(file);
        String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
        var answer = send(BodyPublishers.ofByteArray(file), "/backend/uploads", "application/octet-stream");
        assertThat(answer.body()).isEqualTo("{\"size\":20000000,\"sha256\":\"" + sha256 + "\"}");
    }

    @Test
    void aStreamTicksAndEnds() throws Exception {
        var answer = get("/backend/stream?seconds=2");
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("text/event-stream");
        assertThat(answer.body()).isEqualTo(
                "event:tick\ndata:1\n\nevent:tick\ndata:2\n\nevent:end\ndata:2\n\n");
    }

    @Test
    void aStopEndsStreamsAtOnce() throws Exception {
        try (var other = start("stopped")) {
            var address = URI.create("http://127.0.0.1:" + other.getEnvironment().getProperty("local.server.port"));
            var request = HttpRequest.newBuilder(address.resolve("/backend/stream?seconds=60")).build();
            var lines = new BufferedReader(new InputStreamReader(
                    CLIENT.send(request, BodyHandlers.ofInputStream()).body()));
            assertThat(lines.readLine()).isEqualTo("event:tick");
            other.close();
            assertThat(lines.lines()).contains("event:stopping");
        }
    }

    @Test
    void itIsReadyOnlyWhileTheDatabaseAnswers() throws Exception {
        try (var other = start("lost")) {
            var address = URI.create("http://127.0.0.1:" + other.getEnvironment().getProperty("local.server.port"));
            var request = HttpRequest.newBuilder(address.resolve("/actuator/health/readiness")).build();
            assertThat(CLIENT.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
            other.getBean(com.zaxxer.hikari.HikariDataSource.class).close();
            assertThat(CLIENT.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(503);
        }
    }

    private static ConfigurableApplicationContext start(String database) {
        return new SpringApplicationBuilder(ShopApplication.class).run(
                "--server.port=0",
                "--spring.datasource.url=jdbc:h2:mem:" + database + ";MODE=MySQL;DATABASE_TO_LOWER=TRUE;CASE_INSENSITIVE_IDENTIFIERS=TRUE",
                "--spring.data.redis.port=1",
                "--shop.release=abc12345",
                "--shop.slot=canary");
    }

    private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return CLIENT.send(HttpRequest.newBuilder(address(path)).build(), BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String path, String json) throws IOException, InterruptedException {
        return send(BodyPublishers.ofString(json), path, "application/json");
    }

    private static HttpResponse<String> send(BodyPublisher body, String path, String type)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(address(path)).header("Content-Type", type).POST(body).build();
        return CLIENT.send(request, BodyHandlers.ofString());
    }

    private static URI address(String path) {
        return URI.create("http://127.0.0.1:" + shop.getEnvironment().getProperty("local.server.port")).resolve(path);
    }
}
