package com.example.shop.products;

import java.util.List;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The products of the shop, from the database or, for a minute, from the cache. */
@Repository
public class Products {

    static final String CACHE = "products";

    private final JdbcClient database;

    Products(JdbcClient database) {
        this.database = database;
    }

    @Cacheable(CACHE)
    public List<Product> all() {
        // Columns by name: the other release may have added some.
        return database.sql("SELECT id, name, price_won FROM products ORDER BY id").query(Product.class).list();
    }
}
