package com.example.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** The log of a start that the database refuses ends with what was refused and what to do. */
@ExtendWith(OutputCaptureExtension.class)
class DatabaseRefusedTest {

    @Test
    void noServerAtTheAddress(CapturedOutput output) {
        Throwable failure = catchThrowable(() -> SpringApplication.run(ShopApplication.class,
                "--server.port=0",
                "--spring.datasource.url=jdbc:mysql://127.0.0.1:1/shop",
                "--spring.datasource.username=shop",
                "--spring.datasource.hikari.connection-timeout=500"));
        assertThat(failure).isNotNull();
        assertThat(output.getAll())
                .contains("Asked as shop at jdbc:mysql://127.0.0.1:1/shop")
                .contains("Connection refused")
                .contains("correct SPRING_DATASOURCE_URL, _USERNAME and _PASSWORD");
    }

    @Test
    void aMigrationThatFails(CapturedOutput output) {
        Throwable failure = catchThrowable(() -> SpringApplication.run(ShopApplication.class,
                "--server.port=0",
                "--spring.datasource.url=jdbc:h2:mem:broken;MODE=MySQL",
                "--spring.flyway.locations=classpath:db/migration,classpath:db/broken"));
        assertThat(failure).isNotNull();
        assertThat(output.getAll()).contains("V3__broken.sql").contains("flyway_schema_history");
    }
}
