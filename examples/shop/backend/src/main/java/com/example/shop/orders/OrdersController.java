package com.example.shop.orders;

import jakarta.validation.Valid;
import java.util.List;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

@RestController
@RequestMapping("/backend/orders")
class OrdersController {

    private final Orders orders;

    OrdersController(Orders orders) {
        this.orders = orders;
    }

    /** Twice sent is twice ordered, so NGINX must not repeat it on the other slot: it does not, for a POST. */
    @PostMapping
    @ResponseStatus(HttpStatus.CREATED)
    Order create(@Valid @RequestBody NewOrder order) {
        try {
            return orders.add(order);
        } catch (DataIntegrityViolationException unknownProduct) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND, "no product " + order.productId(), unknownProduct);
        }
    }

    @GetMapping("/{id}")
    Order one(@PathVariable long id) {
        return orders.find(id).orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND, "no order " + id));
    }

    @GetMapping
    List<Order> of(@RequestParam String customer) {
        return orders.of(customer);
    }
}
