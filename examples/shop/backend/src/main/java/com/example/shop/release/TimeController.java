package com.example.shop.release;

import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The clock as this service sees it. */
@RestController
class TimeController {

    record Time(String zone, OffsetDateTime now) {
    }

    @GetMapping("/backend/time")
    Time time() {
        return new Time(ZoneId.systemDefault().getId(), OffsetDateTime.now().truncatedTo(ChronoUnit.SECONDS));
    }
}
