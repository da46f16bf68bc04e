package com.example.shop.release;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Every answer says which release and slot gave it, errors included. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class ReleaseFilter extends OncePerRequestFilter {

    private final Release release;

    ReleaseFilter(Release release) {
        this.release = release;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        response.setHeader("X-Release", release.release());
        response.setHeader("X-Slot", release.slot());
        chain.doFilter(request, response);
    }
}
