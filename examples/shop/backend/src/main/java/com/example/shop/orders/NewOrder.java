package com.example.shop.orders;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotBlank;
import jakarta.validation.constraints.Size;

/** What a customer asks for. */
public record NewOrder(
        @NotBlank @Size(max = 100) String customer,
        @Min(1) long productId,
        @Min(1) @Max(99) int quantity,
        @Size(max = 200) String giftMessage) {
}
