package com.example.shop.products;

import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class ProductsController {

    private final Products products;

    ProductsController(Products products) {
        this.products = products;
    }

    @GetMapping("/backend/products")
    List<Product> products() {
        return products.all();
    }
}
