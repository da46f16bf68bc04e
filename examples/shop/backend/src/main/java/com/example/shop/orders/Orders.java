package com.example.shop.orders;

import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.GeneratedKeyHolder;
import org.springframework.stereotype.Repository;

/** The orders. Every statement names its columns, so a column that a newer release adds changes nothing here. */
@Repository
class Orders {

    private static final String SELECT =
            "SELECT id, customer, product_id, quantity, gift_message, created_at FROM orders WHERE ";

    private final JdbcClient database;

    Orders(JdbcClient database) {
        this.database = database;
    }

    Order add(NewOrder order) {
        var key = new GeneratedKeyHolder();
        database.sql("INSERT INTO orders (customer, product_id, quantity, gift_message) VALUES (?, ?, ?, ?)")
                .params(order.customer(), order.productId(), order.quantity(), order.giftMessage())
                .update(key, "id");
        return find(key.getKeyAs(Number.class).longValue()).orElseThrow();
    }

    Optional<Order> find(long id) {
        return database.sql(SELECT + "id = ?").param(id).query(Order.class).optional();
    }

    List<Order> of(String customer) {
        return database.sql(SELECT + "customer = ? ORDER BY id").param(customer).query(Order.class).list();
    }
}
