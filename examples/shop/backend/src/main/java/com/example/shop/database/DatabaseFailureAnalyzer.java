package com.example.shop.database;

import java.sql.SQLException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Ends the log of a start that the database refused with the cause and what to look at, in place of a stack trace. */
class DatabaseFailureAnalyzer extends AbstractFailureAnalyzer<SQLException> {

    private final Environment environment;

    DatabaseFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable failure, SQLException cause) {
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String description = "The database said: %s (%s, SQL state %s), asked as %s at %s".formatted(
                cause.getMessage().strip(), root.getMessage(), cause.getSQLState(),
                environment.getProperty("spring.datasource.username"), environment.getProperty("spring.datasource.url"));
        String action = "Access or connection: correct SPRING_DATASOURCE_URL, _USERNAME and _PASSWORD. "
                + "A migration: correct its file; then, if it left a row with success = 0 in flyway_schema_history, delete that row.";
        return new FailureAnalysis(description, action, cause);
    }
}
