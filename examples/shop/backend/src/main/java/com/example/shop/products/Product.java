package com.example.shop.products;

import java.io.Serializable;

/**
 * Both releases read what either has put into the cache. A record may gain a component (it is null or 0 where the other
 * release wrote the entry) and lose one; when a component changes its type or meaning, change the cache's name instead.
 */
public record Product(long id, String name, long priceWon) implements Serializable {
}
