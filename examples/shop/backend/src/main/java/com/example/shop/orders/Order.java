package com.example.shop.orders;

import java.time.LocalDateTime;

/** An order as it is kept; the gift message is null in orders of releases that did not know it. */
public record Order(long id, String customer, long productId, int quantity, String giftMessage, LocalDateTime createdAt) {
}
