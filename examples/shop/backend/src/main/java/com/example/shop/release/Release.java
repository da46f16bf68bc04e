package com.example.shop.release;

import org.springframework.boot.context.properties.ConfigurationProperties;

/** What runs here: the commit, and the slot that it runs in. */
@ConfigurationProperties("shop")
public record Release(String release, String slot) {
}
