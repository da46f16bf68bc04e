CREATE TABLE products (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    price_won BIGINT NOT NULL
);

CREATE TABLE orders (
    id BIGINT AUTO_INCREMENT PRIMARY KEY,
    customer VARCHAR(100) NOT NULL,
    product_id BIGINT NOT NULL,
    quantity INT NOT NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT orders_product FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE INDEX orders_customer ON orders (customer);

INSERT INTO products (name, price_won) VALUES
    ('Hangwa assortment', 28000),
    ('Jeju tangerine tea', 14500),
    ('Brass spoon and chopsticks', 36000),
    ('Hanji notebook', 9800);
