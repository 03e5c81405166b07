package dev.imaged.internal.wire;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;

/** Messages in which every field is set, whatever fields they have: found by their descriptors. */
final class TestMessages {
    private int number;

    private TestMessages() {}

    /** Returns a message with a value of its own in every field, an entry in every map and an element in every list. */
    @SuppressWarnings("unchecked") // a builder makes its own message
    static <M extends Message> M full(M prototype) {
        return (M) new TestMessages().fill(prototype.newBuilderForType()).build();
    }

    private Message.Builder fill(Message.Builder message) {
        for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
            if (field.isRepeated()) {
                message.addRepeatedField(field, value(message, field));
            } else {
                message.setField(field, value(message, field));
            }
        }
        return message;
    }

    private Object value(Message.Builder message, FieldDescriptor field) {
        number++;
        return switch (field.getJavaType()) {
            case INT -> number;
            case LONG -> (long) number;
            case BOOLEAN -> true;
            case STRING -> field.getName() + number;
            case MESSAGE -> fill(message.newBuilderForField(field)).build();
            case FLOAT, DOUBLE, BYTE_STRING, ENUM ->
                throw new AssertionError("no value for " + field.getFullName() + ": decide how it is mapped");
        };
    }
}
